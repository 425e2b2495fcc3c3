import { errorCode } from "../errors.js";

const EXHAUSTED = ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"];

/**
 * True for a system error that says that descriptors, processes or memory are used up. A retry with
 * fewer tasks may succeed.
 */
export function isExhausted(error: unknown): boolean {
  return EXHAUSTED.includes(errorCode(error) ?? "");
}
