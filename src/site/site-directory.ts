import { basename, dirname, join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { moveBack, moveToBackups } from "../targets/backup.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { haveSameContent, holdsContent, integrityOnDisk } from "../store/integrity.js";
import type { RunContext } from "../run/run-context.js";
import { lstatIfExists, readTextIfExists } from "../system/read-files.js";
import { removeEmptyDirectory, removeTree, renamePath } from "../system/change-trees.js";
import { writeByRename } from "../system/write-files.js";
import { removeQuietly, temporaryBeside } from "../system/temporary-files.js";
import { moveTree } from "../system/move-trees.js";
import { openStore } from "../store/store.js";
import { atPlace } from "../workspace/site-place.js";
import { parseRecord, recordOf, recordText, SITES, type SiteOrigin } from "../skill/site-record.js";

/** A skill of a site that was written beside the manifest. */
export interface KeptSkill {
  /** The backup of the replaced entry with `--force`; null if there was none. */
  backup: string | null;
  /** Restores the previous state. */
  takeBack(): Promise<void>;
  /** Keeps the skill, and removes what it replaced. */
  settle(): Promise<void>;
}

/**
 * Moves a prepared directory to its place. An existing one is replaced only if it is exactly what
 * an earlier install from the same site wrote. Forced, anything else is moved to the backups
 * instead.
 * @throws EdenError `TARGET_CONFLICT`; nothing is changed then.
 */
export async function putInPlace(
  { settings, startedAt, host }: RunContext,
  manifest: Manifest,
  { prepared: temporary, path }: { prepared: string; path: string },
  origin: SiteOrigin,
): Promise<KeptSkill> {
  const undo: ((at: string) => void)[] = [];
  const takeBack = (at: string) => undo.toReversed().forEach((act) => act(at));
  const kept: KeptSkill = {
    backup: null,
    takeBack: async () => await atPlace(manifest, host.home, path, takeBack),
    settle: async () => {},
  };
  await atPlace(manifest, host.home, path, (at) => {
    const beside = (name: string) => join(dirname(at), basename(name));
    const prepared = beside(temporary);
    const record = readTextIfExists(recordOf(at));
    const integrity = integrityOnDisk(prepared);
    const conflict = lstatIfExists(at) === null ? null : conflictAt(at, record, origin, prepared);
    if (conflict !== null && !settings.force) throw conflictError(path, conflict);
    const isThere = lstatIfExists(at) !== null && conflict === null && haveSameContent(at, prepared);
    try {
      if (conflict !== null) {
        const group = join(SITES, basename(dirname(path)));
        const place = { root: openStore(manifest.storageRoot).backups, startedAt, group, name: basename(path) };
        const backup = moveToBackups(at, place);
        kept.backup = backup;
        undo.push((there) => moveBack(backup, there));
      } else if (!isThere && lstatIfExists(at) !== null) {
        const aside = basename(temporaryBeside(at));
        moveTree(at, beside(aside));
        undo.push((there) => renamePath(join(dirname(there), aside), there));
        // Its owner may have changed it in the meantime.
        const changed = conflictAt(beside(aside), record, origin, prepared);
        if (changed !== null) throw conflictError(path, changed);
        kept.settle = async () =>
          await atPlace(manifest, host.home, path, (there) => removeTree(join(dirname(there), aside)));
      }
      undo.push((there) => (record === null ? removeQuietly(recordOf(there)) : writeByRename(recordOf(there), record)));
      writeByRename(recordOf(at), recordText(origin, integrity));
      if (isThere) removeTree(prepared);
      else {
        renamePath(prepared, at);
        undo.push((there) => removeTree(there));
      }
    } catch (error) {
      takeBack(at);
      throw error;
    }
  });
  return kept;
}

/** Removes empty directories of a site. */
export function removeIfEmpty(manifestDirectory: string, siteDirectory: string): void {
  for (const one of [siteDirectory, join(manifestDirectory, SITES)]) removeEmptyDirectory(one);
}

/** Why the entry at `path` must not be replaced, or null if it may. */
function conflictAt(path: string, record: string | null, origin: SiteOrigin, prepared: string): string | null {
  if (lstatIfExists(path)?.isDirectory() !== true) return "is not a directory";
  const recorded = record === null ? null : parseRecord(record);
  const isSame = haveSameContent(path, prepared);
  if (recorded === null) return isSame ? null : "was not put there by an install";
  if (recorded.site !== origin.site) return `came from ${sanitize(recorded.site)}`;
  return isSame || holdsContent(path, recorded) ? null : "was changed since it was installed";
}

function conflictError(path: string, why: string): EdenError {
  return new EdenError("TARGET_CONFLICT", `${sanitize(path)} ${why}`, {
    path,
    stage: "install",
    hint: "Move it away, or use --force, which keeps it in the backups.",
  });
}
