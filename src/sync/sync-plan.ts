import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { SitePin } from "../manifest/lockfile/lockfile.js";
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
  /** What the lockfile pins of skills of sites; of those whose files this run has replaced, nothing. */
  sites: ReadonlyMap<string, SitePin>;
  /** Trees of skills of sites that may be replaced from the store, by id: those of the state that a rollback leaves. */
  replaceable: ReadonlyMap<string, string>;
  /** Integrities that the content of a skill must have. */
  integrities: ReadonlyMap<string, string>;
  /** What the lockfile records for the renamed copies of skills with an alias. */
  renamed: ReadonlyMap<string, LockedCopy>;
  /** Pinned content that is brought besides the new one, by skill: it may have to stay, or is to be compared. */
  kept: ReadonlyMap<string, SkillVersion>;
  /** Contents are compared and nothing is installed: what the policy denies is reported with its result. */
  isComparison: boolean;
}
