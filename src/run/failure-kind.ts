import type { EdenError } from "../errors.js";
import type { FailureKind } from "../reactor/patience.js";

/** Temporary failures are retried; others are reported at once. */
export function failureKind({ code, facts }: EdenError): FailureKind {
  if (facts.isFinal === true) return "permanent";
  if (code === "FETCH_THROTTLED") return "throttled";
  if (code === "DESCRIPTORS_EXHAUSTED") return "exhausted";
  return TRANSIENT_CODES.has(code) ? "transient" : "permanent";
}

const TRANSIENT_CODES = new Set(["FETCH_NETWORK", "FETCH_TIMEOUT", "FETCH_STALLED", "FETCH_CORRUPT"]);

/** True for a fault of a skill itself: any other failure may be temporary. */
export function isFaultOfSkill({ code }: EdenError): boolean {
  return code === "SKILL_UNSAFE";
}
