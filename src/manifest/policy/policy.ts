import type { FieldPath } from "../format/findings.js";
import type { PolicyRules } from "./policy-document.js";

/**
 * One file of the policy. All of them hold: a source is allowed if each layer allows it, so a layer
 * can only tighten what the others say.
 */
export interface PolicyLayer {
  origin: "manifest" | "team" | "machine";
  /** Absolute path of the file. */
  file: string;
  rules: PolicyRules;
  /** Its text, to find lines in. */
  text: string;
  /** The table that has the rules: `["policy"]` in a manifest. */
  at: FieldPath;
}

/** The policy of a manifest on this machine. */
export interface Policy {
  /** Those that have rules: the manifest, its team file, the machine. */
  layers: readonly PolicyLayer[];
  /** Absolute paths of files besides the manifest that decide, existing or not. */
  files: readonly string[];
}
