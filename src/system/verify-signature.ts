import { sigstorePath, type CertificateSigner } from "./sigstore.js";
import { signaturePath, verifySshSignature, type AllowedSigners, type KeyTool } from "./ssh-signature.js";
import { removeTree } from "./change-trees.js";

/** Who must have signed a file: with an ssh key, or with a certificate of sigstore. */
export type Signers = AllowedSigners | CertificateSigner;

/** Who has signed a file, and where the signature is. */
export interface VerifiedSigner {
  /** The file beside the signed one; absolute. */
  signature: string;
  /** The name in the file of allowed signers, or the identity in the certificate. */
  identity: string;
  /** `SHA256:…` of the key. */
  key: string;
  /** Who confirmed the identity; only for a certificate. */
  issuer?: string;
}

/**
 * Verifies the signature beside a file, without reading the file for anything else.
 * @throws EdenError `SIGNATURE_INVALID`, also if there is no signature.
 */
export async function verifyFile(tool: KeyTool, path: string, signers: Signers): Promise<VerifiedSigner> {
  if (!("trustedRoot" in signers)) {
    return { signature: signaturePath(path), ...(await verifySshSignature(tool, path, signers)) };
  }
  const { verifySigstore } = await import("./verify-sigstore.js");
  return { signature: sigstorePath(path), ...verifySigstore(path, signers) };
}

/** Removes the signatures beside a file that is about to be replaced: they are of the old one. */
export function dropSignatures(path: string): void {
  for (const signature of [signaturePath(path), sigstorePath(path)]) removeTree(signature);
}
