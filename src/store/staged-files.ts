import { join } from "node:path";
import { EdenError, errorCode } from "../errors.js";
import { directoriesOf } from "../skill/files-below.js";
import type { SkillFile } from "../skill/skill-tree.js";
import { createLink, removeTree } from "../system/change-trees.js";
import { writeNewFile } from "../system/create-files.js";
import { createDirectory } from "../system/write-files.js";
import type { Staged } from "./publish-entry.js";

/** Bytes of a content that is copied instead of waiting until it is written. */
const MOST_COPIED = 64 * 1024;

/**
 * The directory of one entry in staging while its files are written, each synced to disk. Nothing
 * waits for the disk on the main thread.
 */
export class StagedFiles {
  /** Relative paths of the inner directories. */
  readonly directories: readonly string[];
  readonly #staged: Staged;
  /** Resolves when all directories exist. */
  readonly #prepared: Promise<void>;
  /** The files that were begun; none of these promises rejects. */
  readonly #begun: Promise<void>[] = [];
  #failure: { error: unknown } | null = null;

  /** @param files all files and links of the entry. */
  constructor(staged: Staged, files: readonly Pick<SkillFile, "path">[]) {
    this.#staged = staged;
    this.directories = directoriesOf(files);
    this.#prepared = staged.window.run(async () => {
      for (const path of ["", ...this.directories]) await createDirectory(join(staged.path, path));
    });
    // The first file reports it.
    this.#prepared.catch(() => {});
  }

  /**
   * Creates files with one content. Afterwards the buffer may be reused: a small content is copied
   * and written later, unless too much waits in this run.
   * @throws EdenError of any file that was begun.
   */
  async create(files: readonly SkillFile[], content: Buffer): Promise<void> {
    await refusingLongNames(this.#prepared);
    const { path: root, window } = this.#staged;
    const isLater = content.length <= MOST_COPIED && !window.isFull;
    const bytes = isLater ? Buffer.from(content) : content;
    const begun = files.map(async ({ path, mode }) => {
      try {
        const bits = mode === "100755" ? 0o555 : 0o444;
        await window.run(async () => await writeNewFile(join(root, path), bytes, bits));
      } catch (error) {
        this.#failure ??= { error };
      }
    });
    this.#begun.push(...begun);
    if (!isLater) await Promise.all(begun);
    await refusingLongNames(this.#noFailure());
  }

  /** Waits until all files are on the disk. @throws EdenError of any of them. */
  async written(): Promise<void> {
    await refusingLongNames(this.#prepared);
    await Promise.all(this.#begun);
    await refusingLongNames(this.#noFailure());
  }

  /** Creates links: their texts by path. @throws EdenError. */
  async link(links: ReadonlyMap<string, string>): Promise<void> {
    for (const [path, text] of links) await refusingLongNames(createLink(text, join(this.#staged.path, path)));
  }

  /** Removes the directory, unless it was published, once nothing is written to it any more. */
  async discard(): Promise<void> {
    await Promise.allSettled([this.#prepared, ...this.#begun]);
    removeTree(this.#staged.path);
  }

  async #noFailure(): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

/**
 * A name within the general limits may still be too long below this storage, or on an encrypted
 * file system.
 */
async function refusingLongNames(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof EdenError) || errorCode(error.cause) !== "ENAMETOOLONG") throw error;
    const message = "a path of it is too long for the storage directory";
    throw new EdenError("SKILL_UNSAFE", message, { stage: "materialise" }, error);
  }
}
