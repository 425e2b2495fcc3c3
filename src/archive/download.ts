import { createHash } from "node:crypto";
import { EdenError, sanitize } from "../errors.js";
import { statusText } from "../git/failures/http-rules.js";
import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import { unpackTar, type PackedEntry } from "../system/unpack-tar.js";
import { unpackZip } from "../system/unpack-zip.js";
import { askWeb, type WebAccess, type WebAnswer } from "../web/ask-web.js";

/** How the archives of one attempt are downloaded. */
export interface ArchiveAccess {
  host: Host;
  clock: Clock;
  web: Omit<WebAccess, "origin">;
  signal: AbortSignal;
  onBytes: ((bytes: number) => void) | undefined;
}

/** What is sent with a request. */
export interface Sent {
  headers?: Readonly<Record<string, string>>;
  /** Sent to the origin alone. */
  authorization?: string | null;
  /** Left out, that of the address. */
  origin?: URL;
  /** The next step where access is refused. */
  signIn: string;
}

/** Maximum bytes of an archive, and of its files. */
export const MOST_PACKED = 256 * 1024 * 1024;
const MOST_UNPACKED = 1024 * 1024 * 1024;

/**
 * Downloads an archive, or a document about archives.
 * @throws EdenError `FETCH_NOT_FOUND`, `FETCH_AUTH`; as `askWeb`.
 */
export async function download(
  access: ArchiveAccess,
  url: URL,
  { headers = {}, authorization = null, origin = url, signIn }: Sent,
  maxBytes = MOST_PACKED,
): Promise<WebAnswer> {
  const { web, signal, onBytes } = access;
  const answer = await askWeb({ ...web, origin: origin.origin }, url, {
    maxBytes,
    signal,
    headers,
    authorization,
    onBytes,
  });
  if (answer.status === 200) return answer;
  throw statusFailure(answer, signIn);
}

function statusFailure({ url, status }: WebAnswer, hint: string): EdenError {
  const message = `${sanitize(url.href)} ${statusText(status)}`;
  if (status !== 401 && status !== 403) return new EdenError("FETCH_NOT_FOUND", message, { stage: "fetch" });
  return new EdenError("FETCH_AUTH", message, { stage: "fetch", hint });
}

/**
 * @param digest `sha256:<hex>`, or `sha512-<base64>`.
 * @throws EdenError `INTEGRITY_MISMATCH`.
 */
export function requireDigest(content: Buffer, digest: string, what: string): void {
  const isHex = digest.startsWith("sha256:");
  const found = isHex ? sha256(content) : `sha512-${createHash("sha512").update(content).digest("base64")}`;
  if (found === digest) return;
  throw new EdenError("INTEGRITY_MISMATCH", `${sanitize(what)}: ${digest} is recorded, it has ${found}`, {
    stage: "fetch",
    hint: "It was changed on its way, or replaced at its address. If that was intended, record the new digest.",
  });
}

/** `sha256:<hex>`. */
export function sha256(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The entries of a tar, a gzipped tar or a zip. */
export function unpackAny(packed: Buffer): AsyncIterable<PackedEntry> {
  const isZip = packed.subarray(0, 2).toString("latin1") === "PK";
  return isZip ? unpackZip(packed, MOST_UNPACKED) : unpackTar(packed, MOST_UNPACKED);
}

/** A date of HTTP, or another one, in seconds since 1970; undefined for none. */
export function secondsOf(date: string | null | undefined): number | undefined {
  const ms = Date.parse(date ?? "");
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
