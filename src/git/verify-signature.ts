import { findProgram } from "../system/host.js";
import { runLocal } from "./ask-local.js";
import { gitEnvironment } from "./environment.js";
import type { Git } from "./git.js";

/** The keys that count. Absolute paths; null for none of this kind. */
export interface SigningKeys {
  /** An allowed-signers file of ssh. */
  allowedSigners: string | null;
  /** A home directory of gpg; every key in it counts. */
  gpgHome: string | null;
}

/** An object of a bare repository. */
interface SignedObject {
  directory: string;
  oid: string;
  kind: "commit" | "tag";
}

/**
 * Asks git whether a commit or a tag has a good signature of one of these keys. The owner's own
 * keys and settings for signatures do not count.
 * @returns null if it has, else why not.
 */
export async function signatureProblem(
  git: Git,
  { directory, oid, kind }: SignedObject,
  { allowedSigners, gpgHome }: SigningKeys,
  signal: AbortSignal,
): Promise<string | null> {
  const { env } = git.host;
  const programOf = (name: string, isWanted: boolean) => (isWanted ? findProgram(name, env) : null) ?? NO_PROGRAM;
  const gpg = programOf("gpg", gpgHome !== null);
  const settings = [
    ["gpg.ssh.allowedSignersFile", allowedSigners ?? "/dev/null"],
    ["gpg.ssh.program", programOf("ssh-keygen", allowedSigners !== null)],
    ["gpg.program", gpg],
    ["gpg.openpgp.program", gpg],
    ["gpg.x509.program", NO_PROGRAM],
    ["gpg.minTrustLevel", "undefined"],
  ] as const;
  const answer = await runLocal(git, {
    args: [`--git-dir=${directory}`, `verify-${kind}`, "--raw", oid],
    env: { ...gitEnvironment(env, { cwd: git.cwd, settings }), GNUPGHOME: gpgHome ?? git.cwd },
    signal,
    timeoutMs: 30_000,
  });
  if (answer.exitCode === 0) return null;
  return /^-----BEGIN|signature/imu.test(answer.stderr)
    ? "its signature is not one of an allowed key"
    : "it has no signature";
}

/** A program that only fails. */
const NO_PROGRAM = "/bin/false";
