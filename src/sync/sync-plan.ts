import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { SkillVersion } from "../run/events.js";
import type { SyncResult } from "./sync-result.js";

/** A renamed copy: the tree that it was made from, its name and integrity. */
export interface LockedCopy {
  tree: string;
  name: string;
  integrity: string;
}

/** What Phase A is to do, for each enabled skill of the run. */
export interface SyncPlan {
  manifest: Manifest;
  /** Skills whose result is known without git and without network. */
  known: ReadonlyMap<string, SyncResult>;
  /** Skills that are to be synced. */
  pending: readonly ManifestSkill[];
  /** What the lockfile pins. */
  pins: ReadonlyMap<string, SkillVersion>;
  /** Integrities that the content of a skill must have. */
  integrities: ReadonlyMap<string, string>;
  /** What the lockfile records for the renamed copies of skills with an alias. */
  renamed: ReadonlyMap<string, LockedCopy>;
  /**
   * Ids of skills whose pinned content is brought besides the new one: it may have to stay, or is
   * to be compared.
   */
  keep: ReadonlySet<string>;
}
