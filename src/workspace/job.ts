import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { RunEvent } from "../run/events.js";
import type { RunScope } from "../run/scope.js";

/** What a run is to do. */
export interface Job {
  /** As it was read; the run looks up its skills of registries. */
  manifest: Manifest;
  /** The skills that are synced and installed. */
  selected: readonly ManifestSkill[];
  /** What the run covers besides them: skills that left the manifest. */
  scope: RunScope;
  /** Skills that were just taken out of the manifest. */
  former?: readonly ManifestSkill[];
  /** What is reported before anything else: warnings about the manifest. */
  notices: readonly RunEvent[];
  /** Counts as the text of the lockfile (null: as none), whatever is on the disk. */
  lockfile?: string | null;
}
