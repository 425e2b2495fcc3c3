import { bundleFromJSON, type Bundle } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier, type Signer } from "@sigstore/verify";
import { EdenError, errorMessage, sanitize } from "../errors.js";
import { readBytesIfExists, readTextIfExists, statIfExists } from "./read-files.js";
import { sha256Hex } from "./sha256.js";
import { sigstorePath, type CertificateSigner } from "./sigstore.js";

/** Maximum bytes of a trusted root and of a signature. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Verifies the sigstore bundle beside a file, without network: certificate, entry in the log,
 * signature, identity and issuer.
 * @throws EdenError `SIGNATURE_INVALID`.
 */
export function verifySigstore(
  path: string,
  signer: CertificateSigner,
): { identity: string; issuer: string; key: string } {
  const invalid = (why: string, cause?: unknown) =>
    new EdenError(
      "SIGNATURE_INVALID",
      sanitize(`${path}: ${why}`),
      { path, stage: "verify", hint: SIGNER_HINT },
      cause,
    );
  const content = readBytesIfExists(path);
  if (content === null) throw invalid(`there is no file ${path}`);
  const trust = read(signer.trustedRoot, "trusted root", invalid, (json) =>
    toTrustMaterial(TrustedRoot.fromJSON(json)),
  );
  const bundle = read(sigstorePath(path), "sigstore bundle", invalid, bundleFromJSON);
  const problem = problemOf(bundle);
  if (problem !== null) throw invalid(problem);
  let found: Signer;
  try {
    found = new Verifier(trust).verify(toSignedEntity(bundle, content));
  } catch (error) {
    throw invalid(`its signature is not valid: ${errorMessage(error)}`, error);
  }
  const identity = found.identity?.subjectAlternativeName ?? "";
  const issuer = found.identity?.extensions?.issuer ?? "";
  // Compared here: the library takes the identity as a regular expression.
  if (identity !== signer.identity) throw invalid(`it is signed by ${identity || "a key without identity"}`);
  if (issuer !== signer.issuer) throw invalid(`the issuer of ${identity} is ${issuer || "unknown"}`);
  const spki = found.key.export({ type: "spki", format: "der" });
  const key = `SHA256:${Buffer.from(sha256Hex(spki), "hex").toString("base64").replace(/=+$/u, "")}`;
  return { identity: sanitize(identity), issuer: sanitize(issuer), key };
}

/** Why a bundle is refused that the library might accept; or null. */
function problemOf({ verificationMaterial, content }: Bundle): string | null {
  // The library verifies the statement of an attestation, and ignores the file.
  if (content.$case !== "messageSignature") return "its signature is an attestation, not one of the file";
  if (verificationMaterial.content.$case === "publicKey") return "its signature is of a key without certificate";
  for (const { inclusionProof, inclusionPromise, integratedTime } of verificationMaterial.tlogEntries) {
    if (inclusionProof === undefined) return "its log entry has no inclusion proof";
    // The proof does not contain the time, which decides whether the certificate was valid.
    const hasTime = integratedTime !== "" && integratedTime !== "0";
    if (hasTime && inclusionPromise === undefined) return "the time of its log entry is not signed";
  }
  return null;
}

/** A document of the library, from a file of limited size. */
function read<T>(
  path: string,
  what: string,
  invalid: (why: string, cause?: unknown) => EdenError,
  parse: (json: unknown) => T,
): T {
  const stat = statIfExists(path);
  if (stat?.isFile() !== true) throw invalid(`there is no file ${path}`);
  if (stat.size > MOST_BYTES) throw invalid(`${path} has more than ${MOST_BYTES} bytes`);
  try {
    return parse(JSON.parse(readTextIfExists(path) ?? ""));
  } catch (error) {
    throw invalid(`${path} is not a ${what}: ${errorMessage(error)}`, error);
  }
}

const SIGNER_HINT =
  "Compare it with its origin. A trusted root is what `cosign trusted-root create` or `gh attestation trusted-root` writes.";
