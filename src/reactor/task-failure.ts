import { EdenError, errorCode, errorMessage } from "../errors.js";
import { unnamedFileFailure } from "../system/file-failure.js";

/** Why a task did not run to its end, as a diagnostic. */
export function cancellation(reason: unknown): EdenError {
  return reason instanceof EdenError ? reason : new EdenError("CANCELLED", "the run was cancelled", {}, reason);
}

/** Anything thrown that nobody foresaw is a bug of ours: it fails its own task and nothing else. Want of descriptors is no bug. */
export function asEdenError(caught: unknown): EdenError {
  if (caught instanceof EdenError) return caught;
  const code = ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"].includes(errorCode(caught) ?? "")
    ? "DESCRIPTORS_EXHAUSTED"
    : "INTERNAL";
  const failure = code === "INTERNAL" ? unnamedFileFailure(caught) : null;
  return failure ?? new EdenError(code, errorMessage(caught), {}, caught);
}
