import { resolve } from "node:path";
import type { Host } from "../../system/host.js";
import { requireKnown } from "../../system/known-directory.js";
import type { Signers } from "../../system/verify-signature.js";
import { usageError } from "./usage-error.js";
import { text } from "./values.js";

/** The options of commands that verify a signature. */
export const SIGNER_OPTIONS = {
  "allowed-signers": text("File of names and public keys, as ssh-keygen reads them"),
  identity: text("The name in that file that must have signed (default: any)"),
  "trusted-root": text("File with the trusted root of sigstore, to verify a sigstore bundle without network"),
  "certificate-identity": text("The whole identity in the certificate that must have signed"),
  "certificate-oidc-issuer": text("The whole address of the OIDC issuer that must have confirmed it"),
};

type Given = { [Name in keyof typeof SIGNER_OPTIONS]?: string | undefined };

/** The signers of the command line, or null. */
export function signersOf(given: Given, { host }: { host: Host }): Signers | null {
  const { "allowed-signers": file, identity = null, "trusted-root": root } = given;
  const { "certificate-identity": subject, "certificate-oidc-issuer": issuer } = given;
  const parts = [root, subject, issuer].filter((part) => part !== undefined);
  if (parts.length > 0) {
    if (root === undefined || subject === undefined || issuer === undefined)
      throw usageError(
        "--trusted-root",
        "needs --certificate-identity and --certificate-oidc-issuer, and they need it",
      );
    if (file !== undefined || identity !== null)
      throw usageError("--allowed-signers", "does not go with --trusted-root");
    return { trustedRoot: requireKnown(resolve(host.cwd, root)), identity: subject, issuer };
  }
  if (file !== undefined) return { file: requireKnown(resolve(host.cwd, file)), identity };
  if (identity !== null) throw usageError("--identity", "needs --allowed-signers");
  return null;
}
