import type { SkillDiff } from "./skill-diff.js";

/** A skill in the document of `outdated --json`. */
export interface OutdatedSkill {
  id: string;
  ref: string | null;
  /** The pinned commit, or digest of a site's skill; null if there is none yet. */
  current: string | null;
  /** The current commit of the ref, or the digest in the site's index; null if unknown. */
  latest: string | null;
  /**
   * `current`: an update would change no file of it. `pinned`: the same, and its ref is a tag or a
   * commit. `added`: upstream has added it to a collection. `removed`: upstream has removed it.
   * `missing`: it was never synced. `unreachable`: its ref could not be resolved.
   */
  status: "current" | "outdated" | "pinned" | "unreachable" | "missing" | "added" | "removed";
  /** A note about it. */
  message: string | null;
  /** The cause, for an `unreachable` skill. */
  failure?: { code: string; hint: string | null; repo: string };
  /** With `--diff`: the changes of an update; null for a skill that is not outdated. */
  diff?: SkillDiff | null;
  /**
   * The pinned version and the newest one in the range, for a registry's skill; null if unknown,
   * and for other skills.
   */
  current_version: string | null;
  latest_version: string | null;
  /** The collection that it is a member of, as in the lockfile; absent for other skills. */
  collection?: string;
}
