import { EdenError } from "../../errors.js";

/**
 * Failures of the machine before a run has begun, in contrast to errors in the user's input.
 */
const RUNTIME = new Set([
  "PERMISSION_DENIED",
  "NOT_A_DIRECTORY",
  "DISK_FULL",
  "FILE_FAILED",
  "HOME_UNKNOWN",
  "WORKING_DIRECTORY_GONE",
  "DESCRIPTORS_EXHAUSTED",
  "GIT_MISSING",
  "CANCELLED",
  "MANIFEST_CHANGED",
  "STATE_UNREADABLE",
  "FETCH_AUTH",
  "FETCH_NOT_FOUND",
  "REF_NOT_FOUND",
  "SUBPATH_NOT_FOUND",
  "FETCH_NETWORK",
  "FETCH_TIMEOUT",
  "FETCH_STALLED",
  "FETCH_THROTTLED",
  "FETCH_CORRUPT",
  "OFFLINE_MISS",
  "INTEGRITY_MISMATCH",
  "SIGNATURE_INVALID",
  "SIGNING_FAILED",
  "SKILL_UNSAFE",
  "POLICY_DENIED",
  "SITE_INVALID",
  "ARCHIVE_GONE",
  "ARCHIVE_INVALID",
  "REGISTRY_UNREACHABLE",
  "REGISTRY_INVALID",
  "LOCK_UNREADABLE",
  "API_AUTH",
  "API_FORBIDDEN",
  "API_NOT_FOUND",
  "API_REFUSED",
  "API_UNREACHABLE",
  "BASE_MOVED",
  "PUSH_REFUSED",
  "INTERNAL",
]);

const NOT_CONVERGED = new Set(["LOCK_OUT_OF_DATE", "TARGET_CONFLICT", "SKILL_IN_DEVELOPMENT"]);

/**
 * The exit code of an error that ended a command: 3 for a stale lockfile and a conflict, 1 for a
 * failure of the machine or a bug, else 2; after a signal, its own.
 */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof EdenError && error.facts.exitCode !== undefined) return error.facts.exitCode;
  if (!(error instanceof EdenError) || isRuntimeFailure(error.code)) return 1;
  return NOT_CONVERGED.has(error.code) ? 3 : 2;
}

/**
 * True for failures of this machine or the network, false for errors in the user's input.
 */
export function isRuntimeFailure(code: string): boolean {
  return RUNTIME.has(code);
}

/** The code after standard output could not be written: 0 and 3 become 1; 2 and signal codes
 * stay. */
export function afterLostOutput(code: number): number {
  return code === 0 || code === 3 ? 1 : code;
}
