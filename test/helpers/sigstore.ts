import { digest, keyPair, rootCertificate, signed, signingCertificate, spki, type KeyPair } from "./certificates.js";

const EARLIER = new Date("2020-01-01T00:00:00Z");
const LATER = new Date("2049-01-01T00:00:00Z");

/** A certificate authority with its logs, and the trusted root that describes them. */
export function startSigstore() {
  const [root, certificates, log] = [keyPair(), keyPair(), keyPair()] as const;
  const chain = rootCertificate(root, EARLIER, LATER).toString("base64");

  /** As `cosign trusted-root create` writes it. */
  function trustedRoot(validFor: { start: Date; end?: Date } = { start: EARLIER }) {
    return {
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: [described(log, "https://rekor.example")],
      certificateAuthorities: [
        {
          subject: { organization: "example", commonName: "example" },
          uri: "https://fulcio.example",
          certChain: { certificates: [{ rawBytes: chain }] },
          validFor,
        },
      ],
      ctlogs: [described(certificates, "https://ctlog.example")],
      timestampAuthorities: [],
    };
  }

  /** A bundle as `cosign sign-blob --bundle` writes it. */
  function sign(content: Buffer | string, by: { identity: string; issuer: string }, at = new Date()) {
    const key = keyPair();
    const certificate = signingCertificate(key, by, { root, log: certificates }, at);
    const signature = signed(key, content).toString("base64");
    const pem = `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`;
    const record = {
      apiVersion: "0.0.1",
      kind: "hashedrekord",
      spec: {
        data: { hash: { algorithm: "sha256", value: digest(content).toString("hex") } },
        signature: { content: signature, publicKey: { content: Buffer.from(pem).toString("base64") } },
      },
    };
    return {
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: {
        certificate: { rawBytes: certificate.toString("base64") },
        tlogEntries: [logEntry(log, JSON.stringify(record), at)],
      },
      messageSignature: {
        messageDigest: { algorithm: "SHA2_256", digest: digest(content).toString("base64") },
        signature,
      },
    };
  }

  return { trustedRoot, sign };
}

function described(key: KeyPair, baseUrl: string) {
  return {
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: {
      rawBytes: spki(key).toString("base64"),
      keyDetails: "PKIX_ECDSA_P256_SHA_256",
      validFor: { start: EARLIER },
    },
    logId: { keyId: digest(spki(key)).toString("base64") },
  };
}

/** The only entry of a log: its proof needs no other hash. */
function logEntry(log: KeyPair, body: string, at: Date) {
  const id = digest(spki(log));
  const seconds = Math.floor(at.getTime() / 1000);
  const rootHash = digest(Buffer.concat([Buffer.from([0]), Buffer.from(body)])).toString("base64");
  const note = `rekor.example - 1\n1\n${rootHash}\n`;
  const noteSignature = Buffer.concat([id.subarray(0, 4), signed(log, note)]).toString("base64");
  // Sorted by key, as in RFC 8785.
  const promised = {
    body: Buffer.from(body).toString("base64"),
    integratedTime: seconds,
    logID: id.toString("hex"),
    logIndex: 7,
  };
  return {
    logIndex: "7",
    logId: { keyId: id.toString("base64") },
    kindVersion: { kind: "hashedrekord", version: "0.0.1" },
    integratedTime: String(seconds),
    inclusionPromise: { signedEntryTimestamp: signed(log, JSON.stringify(promised)).toString("base64") },
    inclusionProof: {
      logIndex: "0",
      rootHash,
      treeSize: "1",
      hashes: [],
      checkpoint: { envelope: `${note}\n\u2014 rekor.example ${noteSignature}\n` },
    },
    canonicalizedBody: Buffer.from(body).toString("base64"),
  };
}
