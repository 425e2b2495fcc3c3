import { basename, dirname, join } from "node:path";
import type { Manifest } from "../manifest/document/manifest.js";
import { createLink, removeTree } from "../system/change-trees.js";
import { writeNewFile } from "../system/create-files.js";
import { flushPath } from "../system/flush.js";
import { inDirectory } from "../system/open-directory.js";
import { nearestExisting } from "../system/read-files.js";
import { temporaryBeside } from "../system/temporary-files.js";
import { makeDirectory } from "../system/write-files.js";
import { Containment } from "../targets/containment.js";
import { sweepTemporaries } from "../targets/interrupted-swap.js";

/** One validated file of a skill: its path may be created. */
export interface SiteFile {
  path: string;
  mode: "100644" | "100755" | "120000";
  content: Buffer;
}

/**
 * Works in the directory of a site, which is held open and must not lead elsewhere.
 * @param work receives the place of the skill in it.
 */
export async function atPlace<T>(
  { directory, storageRoot }: Manifest,
  home: string,
  path: string,
  work: (at: string) => T | Promise<T>,
): Promise<T> {
  const parent = dirname(path);
  // The directory of a new manifest may not exist yet.
  const containment = new Containment({ project: nearestExisting(directory), storageRoot, home });
  containment.check(parent, true);
  const check = (real: string) => containment.checkReal(parent, real, true);
  return await inDirectory(parent, check, async (here) => await work(join(here, basename(path))));
}

/**
 * Writes the files of a skill to a temporary directory of their own beside `path` and returns that.
 * @throws EdenError.
 */
export async function writeBeside(manifest: Manifest, home: string, path: string, files: readonly SiteFile[]) {
  return await atPlace(manifest, home, path, async (at) => {
    sweepTemporaries(dirname(at));
    const temporary = temporaryBeside(at);
    try {
      await writeFiles(temporary, files);
    } catch (error) {
      removeTree(temporary);
      throw error;
    }
    return join(dirname(path), basename(temporary));
  });
}

async function writeFiles(root: string, files: readonly SiteFile[]): Promise<void> {
  makeDirectory(root);
  const directories = new Set<string>([root]);
  for (const { path: relative, mode, content } of files) {
    const place = join(root, relative);
    if (!directories.has(dirname(place))) makeDirectory(dirname(place));
    directories.add(dirname(place));
    if (mode === "120000") await createLink(content.toString("utf8"), place);
    else await writeNewFile(place, content, mode === "100755" ? 0o777 : 0o666);
  }
  for (const one of directories) await flushPath(one);
}
