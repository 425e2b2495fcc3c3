import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { RunEvent } from "../run/events.js";
import type { RunScope } from "../run/scope.js";

/** The work of a run. */
export interface Job {
  /** As read from the file; the run looks up its skills of registries. */
  manifest: Manifest;
  /** The skills that are synced and installed. */
  selected: readonly ManifestSkill[];
  /** The scope of the run besides them: skills that were removed from the manifest. */
  scope: RunScope;
  /** Skills that were just removed from the manifest. */
  former?: readonly ManifestSkill[];
  /** Notices that are reported first: warnings about the manifest. */
  notices: readonly RunEvent[];
  /** Skills of sites whose files were replaced for this run: their pins do not count. */
  replaced?: ReadonlySet<string>;
  /** Replaces the text of the lockfile on disk (null: no lockfile). */
  lockfile?: string | null;
}
