import { createHash, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";

/** DER: a tag, the length, the content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const text = (value: string) => der(0x0c, Buffer.from(value));
const bits = (content: Uint8Array) => der(0x03, Buffer.from([0]), content);
const time = (at: Date) => der(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replace(/[-:T]/gu, "")}Z`));

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const groups = (value: number): number[] => (value < 128 ? [value] : [...groups(value >> 7), value & 127]);
  const base128 = (value: number) => groups(value).map((part, at, all) => (at < all.length - 1 ? part | 128 : part));
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return sequence(oid(id), ...(isCritical ? [der(0x01, Buffer.from([255]))] : []), der(0x04, value));
}

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const NAME = sequence(der(0x31, sequence(oid("2.5.4.3"), text("example"))));

export interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export const keyPair = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });
export const spki = ({ publicKey }: Pick<KeyPair, "publicKey">) => publicKey.export({ format: "der", type: "spki" });
export const digest = (content: Uint8Array | string) => createHash("sha256").update(content).digest();
export const signed = ({ privateKey }: KeyPair, content: Uint8Array | string) =>
  createSign("sha256").update(content).sign(privateKey);

interface Wanted {
  key: KeyPair;
  from: Date;
  to: Date;
  extensions: readonly Buffer[];
}

function toBeSigned({ key, from, to, extensions }: Wanted): Buffer {
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const serial = der(0x02, Buffer.from([1]));
  const all = der(0xa3, sequence(...extensions));
  return sequence(version, serial, ECDSA_SHA256, NAME, sequence(time(from), time(to)), NAME, spki(key), all);
}

function certificate(wanted: Wanted, issuer: KeyPair): Buffer {
  const content = toBeSigned(wanted);
  return sequence(content, ECDSA_SHA256, bits(signed(issuer, content)));
}

/** The certificate of an authority, signed with its own key. */
export function rootCertificate(key: KeyPair, from: Date, to: Date): Buffer {
  const extensions = [
    extension("2.5.29.19", sequence(der(0x01, Buffer.from([255]))), true),
    extension("2.5.29.15", der(0x03, Buffer.from([1, 0x06])), true),
    extension("2.5.29.14", der(0x04, digest(spki(key)).subarray(0, 20))),
  ];
  return certificate({ key, from, to, extensions }, key);
}

/** A certificate as Fulcio issues it: identity, issuer, and the promise of a log of certificates. */
export function signingCertificate(
  key: KeyPair,
  { identity, issuer }: { identity: string; issuer: string },
  by: { root: KeyPair; log: KeyPair },
  at: Date,
): Buffer {
  const usage = [
    extension("2.5.29.15", der(0x03, Buffer.from([7, 0x80])), true),
    extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.3"))),
    extension("2.5.29.17", sequence(der(0x86, Buffer.from(identity))), true),
    extension("2.5.29.35", sequence(der(0x80, digest(spki(by.root)).subarray(0, 20)))),
    extension("1.3.6.1.4.1.57264.1.8", text(issuer)),
  ];
  const validity = { key, from: at, to: new Date(at.getTime() + 600_000) };
  const promised = promise(toBeSigned({ ...validity, extensions: usage }), by, at);
  const list = Buffer.concat([uint(promised.length + 2, 2), uint(promised.length, 2), promised]);
  const extensions = [...usage, extension("1.3.6.1.4.1.11129.2.4.2", der(0x04, list))];
  return certificate({ ...validity, extensions }, by.root);
}

/** A signed certificate timestamp, as in RFC 6962. */
function promise(content: Buffer, { root, log }: { root: KeyPair; log: KeyPair }, at: Date): Buffer {
  const head = Buffer.from([0]);
  const when = uint(at.getTime(), 8);
  const entry = [uint(1, 2), digest(spki(root)), uint(content.length, 3), content, uint(0, 2)];
  const signature = signed(log, Buffer.concat([head, Buffer.from([0]), when, ...entry]));
  const kind = Buffer.from([4, 3]);
  return Buffer.concat([head, digest(spki(log)), when, uint(0, 2), kind, uint(signature.length, 2), signature]);
}

function uint(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer.subarray(8 - bytes);
}
