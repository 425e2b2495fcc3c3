import { EdenError } from "../errors.js";
import type { RunOptions } from "../run/options.js";
import { systemClock } from "../system/clock.js";
import { currentHost } from "../system/host.js";
import { statIfExists } from "../system/read-files.js";
import { signaturePath, signFile } from "../system/ssh-signature.js";
import { verifyFile, type Signers, type VerifiedSigner } from "../system/verify-signature.js";
import { loadManifest } from "../workspace/load-manifest.js";

/** The document of `lock sign --json`. */
export interface SignReport {
  schema_version: 1;
  command: "lock sign";
  file: string;
  signature: string;
}

/** The document of `lock verify --json`. */
export interface VerifyReport extends VerifiedSigner {
  schema_version: 1;
  command: "lock verify";
  file: string;
}

/**
 * Signs the lockfile as it is.
 * @param key absolute path of an ssh key.
 * @throws EdenError `LOCK_OUT_OF_DATE` if there is none; `SIGNING_FAILED`.
 */
export async function signLockfile(options: RunOptions, key: string): Promise<SignReport> {
  const file = await lockfileOf(options);
  await signFile(toolOf(options), file, key);
  return { schema_version: 1, command: "lock sign", file, signature: signaturePath(file) };
}

/**
 * Verifies the signature of the lockfile.
 * @throws EdenError `LOCK_OUT_OF_DATE` if there is no lockfile; `SIGNATURE_INVALID`.
 */
export async function verifyLockfile(options: RunOptions, signers: Signers): Promise<VerifyReport> {
  const file = await lockfileOf(options);
  return { schema_version: 1, command: "lock verify", file, ...(await verifyFile(toolOf(options), file, signers)) };
}

async function lockfileOf(options: RunOptions): Promise<string> {
  const { lockfilePath } = (await loadManifest(options)).manifest;
  if (statIfExists(lockfilePath)?.isFile() === true) return lockfilePath;
  throw new EdenError("LOCK_OUT_OF_DATE", `there is no lockfile ${lockfilePath}`, {
    hint: "`eden-skills apply` writes it.",
  });
}

function toolOf({ host = currentHost(), clock = systemClock, signal }: RunOptions) {
  return { host, clock, ...(signal !== undefined && { signal }) };
}
