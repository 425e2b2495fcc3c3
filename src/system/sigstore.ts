/** Whose certificate must have signed, and who may have issued it. */
export interface CertificateSigner {
  /** A trusted root of sigstore: authorities, and keys of the logs. Absolute path. */
  trustedRoot: string;
  /** The identity in the certificate, in full: an e-mail address, or the address of a workflow. */
  identity: string;
  /** The OIDC issuer that confirmed the identity, in full. */
  issuer: string;
}

/** The file with the sigstore bundle of a file, beside it; `cosign sign-blob --bundle` writes it. */
export function sigstorePath(path: string): string {
  return `${path}.sigstore.json`;
}
