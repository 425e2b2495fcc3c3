import { basename, dirname, join } from "node:path";
import * as z from "zod/mini";
import { EdenError, sanitize } from "../errors.js";
import { moveBack, moveToBackups } from "../targets/backup.js";
import { checkContainment } from "../targets/containment.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { haveSameContent, holdsContent, integrityOnDisk } from "../store/integrity.js";
import type { RunContext } from "../run/run-context.js";
import { parseJson } from "../system/parse-json.js";
import { lstatIfExists, nearestExisting, readTextIfExists } from "../system/read-files.js";
import { createLink, removeEmptyDirectory, removeTree, renamePath } from "../system/change-trees.js";
import { flushPath } from "../system/flush.js";
import { makeDirectory, writeByRename } from "../system/write-files.js";
import { removeQuietly, temporaryBeside } from "../system/temporary-files.js";
import { writeNewFile } from "../system/create-files.js";
import { moveTree } from "../system/move-trees.js";
import type { SiteFile } from "./fetch-site-skill.js";
import { sweepTemporaries } from "../targets/interrupted-swap.js";
import { openStore } from "../store/store.js";

const originSchema = z.object({
  /** The site, or the part of it, with the index. */
  site: z.string(),
  index: z.string(),
  url: z.string(),
  /** From the index; null if it has none. */
  digest: z.nullable(z.string()),
});

/** The file beside a skill's directory. */
const recordSchema = z.extend(originSchema, { format_version: z.literal(1), integrity: z.string() });

/** The origin of a skill. */
export type SiteOrigin = z.infer<typeof originSchema>;

/** A skill of a site that was written beside the manifest. */
export interface KeptSkill {
  /** The backup of the replaced entry with `--force`; null if there was none. */
  backup: string | null;
  /** Restores the previous state. */
  takeBack(): void;
  /** Keeps the skill, and removes what it replaced. */
  settle(): void;
}

/** Below the manifest's directory. */
export const SITES = "well-known";

/**
 * Writes the files of a skill to a temporary directory of their own beside `path` and returns that.
 * @throws EdenError.
 */
export async function writeBeside(manifest: Manifest, home: string, path: string, files: readonly SiteFile[]) {
  const { directory, storageRoot } = manifest;
  // The directory of a new manifest may not exist yet.
  checkContainment(dirname(path), { project: nearestExisting(directory), storageRoot, home });
  makeDirectory(dirname(path));
  sweepTemporaries(dirname(path));
  const temporary = temporaryBeside(path);
  try {
    makeDirectory(temporary);
    const directories = new Set<string>([temporary]);
    for (const { path: relative, mode, content } of files) {
      const place = join(temporary, relative);
      if (!directories.has(dirname(place))) makeDirectory(dirname(place));
      directories.add(dirname(place));
      if (mode === "120000") createLink(content.toString("utf8"), place);
      else await writeNewFile(place, content, mode === "100755" ? 0o777 : 0o666);
    }
    for (const one of directories) await flushPath(one);
    return temporary;
  } catch (error) {
    removeTree(temporary);
    throw error;
  }
}

/**
 * Moves a prepared directory to its place. An existing one is replaced only if it is exactly what
 * an earlier install from the same site wrote. Forced, anything else is moved to the backups
 * instead.
 * @throws EdenError `TARGET_CONFLICT`; nothing is changed then.
 */
export function putInPlace(
  { settings, startedAt }: RunContext,
  { storageRoot }: Manifest,
  { prepared, path }: { prepared: string; path: string },
  origin: SiteOrigin,
): KeptSkill {
  const recordPath = `${path}.source.json`;
  const record = readTextIfExists(recordPath);
  const integrity = integrityOnDisk(prepared);
  const undo: (() => void)[] = [];
  const kept: KeptSkill = { backup: null, takeBack: () => undo.toReversed().forEach((act) => act()), settle: () => {} };
  const conflict = lstatIfExists(path) === null ? null : conflictAt(path, record, origin, prepared);
  if (conflict !== null && !settings.force) throw conflictError(path, conflict);
  const isThere = lstatIfExists(path) !== null && conflict === null && haveSameContent(path, prepared);
  try {
    if (conflict !== null) {
      const group = join(SITES, basename(dirname(path)));
      const place = { root: openStore(storageRoot).backups, startedAt, group, name: basename(path) };
      const backup = moveToBackups(path, place);
      kept.backup = backup;
      undo.push(() => moveBack(backup, path));
    } else if (!isThere && lstatIfExists(path) !== null) {
      const aside = temporaryBeside(path);
      moveTree(path, aside);
      undo.push(() => renamePath(aside, path));
      // Its owner may have changed it in the meantime.
      const changed = conflictAt(aside, record, origin, prepared);
      if (changed !== null) throw conflictError(path, changed);
      kept.settle = () => removeTree(aside);
    }
    undo.push(() => (record === null ? removeQuietly(recordPath) : writeByRename(recordPath, record)));
    writeByRename(recordPath, `${JSON.stringify({ format_version: 1, ...origin, integrity }, null, 2)}\n`);
    if (isThere) removeTree(prepared);
    else {
      renamePath(prepared, path);
      undo.push(() => removeTree(path));
    }
  } catch (error) {
    kept.takeBack();
    throw error;
  }
  return kept;
}

/** Removes empty directories of a site. */
export function removeIfEmpty(manifestDirectory: string, siteDirectory: string): void {
  for (const one of [siteDirectory, join(manifestDirectory, SITES)]) removeEmptyDirectory(one);
}

/** Why the entry at `path` must not be replaced, or null if it may. */
function conflictAt(path: string, record: string | null, origin: SiteOrigin, prepared: string): string | null {
  if (lstatIfExists(path)?.isDirectory() !== true) return "is not a directory";
  const recorded = record === null ? null : parseJson(recordSchema, record);
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
