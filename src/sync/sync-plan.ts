import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { SkillVersion } from "../run/events.js";
import type { SyncResult } from "./sync-result.js";

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
  /**
   * Ids of skills whose pinned content is brought besides the new one: it may have to stay, or is
   * to be compared.
   */
  keep: ReadonlySet<string>;
}
