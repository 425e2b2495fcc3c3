import { resolve } from "node:path";
import type { Host } from "../../system/host.js";
import { requireKnown } from "../../system/known-directory.js";
import type { AllowedSigners } from "../../system/ssh-signature.js";
import { usageError } from "./usage-error.js";
import { text } from "./values.js";

/** The options of commands that verify a signature. */
export const SIGNER_OPTIONS = {
  "allowed-signers": text("File of names and public keys, as ssh-keygen reads them"),
  identity: text("The name in that file that must have signed (default: any)"),
};

/** The signers of the command line, or null. */
export function signersOf(
  given: { "allowed-signers"?: string | undefined; identity?: string | undefined },
  { host }: { host: Host },
): AllowedSigners | null {
  const { "allowed-signers": file, identity = null } = given;
  if (file !== undefined) return { file: requireKnown(resolve(host.cwd, file)), identity };
  if (identity !== null) throw usageError("--identity", "needs --allowed-signers");
  return null;
}
