import { join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { contentBelow, directoriesOf } from "../skill/files-below.js";
import { lstatIfExists, readLinkIfAny } from "../system/read-files.js";
import { createLink, removeTree, renameInBackground } from "../system/change-trees.js";
import { cloneFile } from "../system/create-files.js";
import { createDirectory } from "../system/write-files.js";
import { WriteWindow } from "../system/write-window.js";
import { temporaryBeside } from "../system/temporary-files.js";
import { flushPath } from "../system/flush.js";
import { swapAside } from "./swap-aside.js";

/** A content to copy. */
export interface CopySource {
  directory: string;
  /** False: litter in the directory is not copied. */
  withLitter: boolean;
  /** Paths of executable files, whatever modes they have in the store. */
  executables: readonly string[];
}

/** The checks of a copy. */
export interface CopyJudge {
  /** True for a directory with the content of the entry. */
  proves(directory: string): boolean;
  /** Checks the entry that was moved aside. */
  isOurs(aside: string): boolean;
}

/**
 * Installs a copy of a store entry at a target: written beside it, verified, then renamed. The
 * previous entry is moved aside directly before and removed afterwards.
 * @throws EdenError `INTEGRITY_MISMATCH` if the store entry was changed; `PERMISSION_DENIED`,
 *   `DISK_FULL` …
 */
export async function installCopy(path: string, source: CopySource, { proves, isOurs }: CopyJudge): Promise<void> {
  const staged = temporaryBeside(path);
  try {
    await copyTree(source, staged);
    if (!proves(staged)) {
      throw new EdenError(
        "INTEGRITY_MISMATCH",
        `the store entry ${sanitize(source.directory)} is not what was recorded`,
        {
          stage: "install",
          path: source.directory,
          hint: "Remove it from the store and run apply again.",
        },
      );
    }
    if (lstatIfExists(path) !== null) swapAside(path, staged, temporaryBeside(path), isOurs);
    else await renameInBackground(staged, path);
  } finally {
    removeTree(staged);
  }
}

async function copyTree({ directory: from, withLitter, executables }: CopySource, to: string): Promise<void> {
  const files = contentBelow(from, withLitter);
  const directories = ["", ...directoriesOf(files)].map((path) => join(to, path));
  for (const directory of directories) await createDirectory(directory);
  const window = new WriteWindow();
  const copies = files.map(async ({ path, kind }) => {
    const [source, destination] = [join(from, path), join(to, path)];
    await window.run(async () => {
      if (kind === "link") await createLink(readLinkIfAny(source) ?? "", destination);
      else await cloneFile(source, destination, executables.includes(path));
    });
  });
  // No copy may still be running when the copied files are removed again.
  for (const copy of await Promise.allSettled(copies)) if (copy.status === "rejected") throw copy.reason;
  for (const directory of directories) await flushPath(directory);
}
