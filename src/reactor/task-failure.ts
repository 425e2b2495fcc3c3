import { EdenError, errorCode, errorMessage } from "../errors.js";
import { unnamedFileFailure } from "../system/file-failure.js";

/** The reason why a task did not complete, as a diagnostic. */
export function cancellation(reason: unknown): EdenError {
  return reason instanceof EdenError ? reason : new EdenError("CANCELLED", "the run was cancelled", {}, reason);
}

/**
 * Any unexpected exception is a bug of ours: it fails only its own task. Exhausted descriptors are
 * not a bug.
 */
export function asEdenError(caught: unknown): EdenError {
  if (caught instanceof EdenError) return caught;
  const code = ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"].includes(errorCode(caught) ?? "")
    ? "DESCRIPTORS_EXHAUSTED"
    : "INTERNAL";
  const failure = code === "INTERNAL" ? unnamedFileFailure(caught) : null;
  return failure ?? new EdenError(code, errorMessage(caught), {}, caught);
}
