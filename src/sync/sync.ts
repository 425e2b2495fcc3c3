import type { Repositories } from "../git/repositories.js";
import type { ManifestSkill, SkillLimits } from "../manifest/document/manifest.js";
import type { RunEvent } from "../run/events.js";
import type { Staging } from "../store/staging.js";
import type { StoredBlobs } from "../store/stored-blobs.js";
import type { Clock } from "../system/clock.js";
import type { FlushWindow } from "../system/flush-window.js";

/** What all syncs of one run share. */
export interface Sync {
  /** Its `now` is 0 when the run begins. */
  clock: Clock;
  emit(event: RunEvent): void;
  repositories: Repositories;
  storageRoot: string;
  staging: Staging;
  /** Bounds what waits for the disk at once. */
  window: FlushWindow;
  /** Contents that need not be fetched. */
  stored: StoredBlobs;
  limits: SkillLimits;
  /** True for a skill that is copied to some target. */
  isCopied(skill: ManifestSkill): boolean;
  /** True when pins are to be moved. */
  isMoving: boolean;
  /** True when a pin moves even behind a tag that was moved. */
  followsTags: boolean;
}
