import { EdenError, errorMessage } from "../errors.js";
import { isExhausted } from "../system/exhausted.js";
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
  if (isExhausted(caught)) return new EdenError("DESCRIPTORS_EXHAUSTED", errorMessage(caught), {}, caught);
  return unnamedFileFailure(caught) ?? new EdenError("INTERNAL", errorMessage(caught), {}, caught);
}
