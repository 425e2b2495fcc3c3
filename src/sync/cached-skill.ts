import type { SkillVersion } from "../run/events.js";
import { EdenError } from "../errors.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import { holdsContent } from "../store/integrity.js";
import { hasOrigin } from "../store/marker.js";
import { isLinkedLive } from "../workspace/target-mode.js";
import type { SyncResult } from "./sync-result.js";
import type { Store } from "../store/store.js";

/**
 * The result for a skill that is pinned and in the store, known without git and network. Null if it
 * must be synced. Also null if the store does not know that this content came from that commit.
 */
export function cachedSkill(store: Store, skill: ManifestSkill, pin: SkillVersion | undefined): SyncResult | null {
  const { source } = skill;
  if (source.kind !== "repository" || pin === undefined) return null;
  const marker = store.readyEntry(pin.tree, skill.id);
  if (marker === null || !hasOrigin(marker, { repository: source.key, commit: pin.commit, subpath: source.subpath }))
    return null;
  const { commit, tree, archive } = pin;
  return {
    synced: {
      status: "skipped",
      version: { commit, tree, integrity: marker.integrity, ...(archive !== undefined && { archive }) },
      skillProblem: marker.skillProblem,
    },
  };
}

/** What the lockfile recorded for a skill's content. */
export interface LockedIntegrity {
  /** Undefined if it recorded nothing. */
  integrity: string | undefined;
  /** True when the content in the store must be hashed again. */
  prove: boolean;
}

/** Checks a result against what the lockfile recorded; the result, or the failure in its place. */
export function checkIntegrity(
  store: Store,
  skill: ManifestSkill,
  result: SyncResult,
  { integrity, prove }: LockedIntegrity,
): SyncResult {
  // For a directory that is linked live the lockfile records no content, even if a target is a
  // copy.
  if ("error" in result || integrity === undefined || isLinkedLive(skill)) return result;
  const { version } = result.synced;
  if (version.integrity !== integrity) {
    return {
      error: mismatch(
        `the lockfile records ${integrity || "nothing"}, the content has ${version.integrity || "nothing"}`,
        "Restore the lockfile from version control, or delete the entry to pin it again.",
      ),
    };
  }
  if (!prove || version.tree === "") return result;
  const directory = store.entryDirectory(version.tree, skill.id);
  try {
    if (holdsContent(directory, store.readMarker(version.tree) ?? { integrity })) return result;
  } catch (error) {
    if (error instanceof EdenError) return { error };
    throw error;
  }
  return { error: entryChanged(directory) };
}

/** The failure of a changed entry in the store. */
export function entryChanged(directory: string): EdenError {
  const hint = "Run `eden-skills repair`: it moves the changed content to the backups and fetches it again.";
  return mismatch(`the store entry ${directory} was changed`, hint);
}

/** The failure of a content that differs from its record. */
export function mismatch(message: string, hint: string): EdenError {
  return new EdenError("INTEGRITY_MISMATCH", message, { stage: "verify", hint });
}
