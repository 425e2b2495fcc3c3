import type { Repositories } from "../git/repositories.js";
import type { ManifestSkill, SkillLimits } from "../manifest/document/manifest.js";
import type { RunEvent, SkillVersion } from "../run/events.js";
import type { StoreWriter } from "../store/store-writer.js";
import type { Clock } from "../system/clock.js";

/** What all syncs of one run share. */
export interface Sync {
  /** Its `now` is 0 when the run begins. */
  clock: Clock;
  emit(event: RunEvent): void;
  repositories: Repositories;
  writer: StoreWriter;
  /** What the lockfile says, by skill id. */
  pins: ReadonlyMap<string, SkillVersion>;
  limits: SkillLimits;
  /** True for a skill that is copied to some target. */
  isCopied(skill: ManifestSkill): boolean;
  /** True when pins are to be moved. */
  isMoving: boolean;
  /** True when a pin moves even behind a tag that was moved. */
  followsTags: boolean;
}
