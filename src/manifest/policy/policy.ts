import type { RepositorySource } from "../document/repository-source.js";
import type { FieldPath } from "../format/findings.js";
import type { LockedPolicy } from "../lockfile/locked-policy.js";
import type { PolicyRules } from "./policy-document.js";

/**
 * One file of the policy. All of them hold: a source is allowed if each layer allows it, so a layer
 * can only tighten what the others say.
 */
export interface PolicyLayer {
  origin: "manifest" | "team" | "machine";
  /** Absolute path of the file; for a file in a repository, `extends` of the manifest. */
  file: string;
  rules: PolicyRules;
  /** True while the file is not on this machine: then it denies everything. */
  isMissing?: boolean;
  /** Its text, to find lines in. */
  text: string;
  /** The table that has the rules: `["policy"]` in a manifest. */
  at: FieldPath;
}

/** The team's file that a manifest extends. */
export interface TeamFile {
  /** `extends` of the manifest. */
  source: string;
  /** Null for a file at a path. Its `subpath` is that of the file. */
  repository: RepositorySource | null;
  /** What the lockfile says about it; null if it says nothing. */
  locked: LockedPolicy | null;
  /** The file that holds; null if it is not here. */
  pin: LockedPolicy | null;
}

/**
 * The policy of a manifest on this machine. All copies of a manifest share it: when the team's file
 * was fetched, it holds for each of them.
 */
export interface Policy {
  /** Those that have rules: the manifest, its team file, the machine. */
  layers: readonly PolicyLayer[];
  /** Absolute paths of files besides the manifest that decide, existing or not. */
  files: readonly string[];
  team: TeamFile | null;
}
