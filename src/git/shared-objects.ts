import { join, relative } from "node:path";
import { EdenError } from "../errors.js";
import { formatOf, type ObjectFormat } from "../manifest/names/object-id.js";
import { makeDirectory, writeInPlace } from "../system/write-files.js";
import type { Git } from "./git.js";
import { openMirror, prepareObjects, type Mirror } from "./mirror.js";
import { ObjectReader, type ObjectSource } from "./object-reader.js";

/**
 * The objects of several mirrors through one `cat-file --batch` per object format, in an empty
 * repository whose alternates are the mirrors (decision 0052). Objects that are fetched in the
 * meantime are found.
 */
export class SharedObjects {
  readonly #directories: ReadonlySet<string>;
  readonly #readers = new Map<ObjectFormat, ObjectReader>();

  /** @param signal ends git. */
  constructor(
    private readonly mirrors: readonly Mirror[],
    private readonly signal: AbortSignal,
  ) {
    this.#directories = new Set(mirrors.map(({ directory }) => directory));
  }

  has({ directory }: Mirror): boolean {
    return this.#directories.has(directory);
  }

  /** The objects for one task. @param signal ends its calls, and not those of others. */
  source(git: Git, signal: AbortSignal): ObjectSource {
    return {
      read: async (names, receiver) => {
        const [oid] = /^[0-9a-f]+/u.exec(names[0] ?? "") ?? [];
        if (oid !== undefined) await this.#reader(git, formatOf(oid)).read(names, receiver, signal);
      },
      // Others use it.
      close: async () => {},
    };
  }

  /** Ends git. */
  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map(async (reader) => await reader.close()));
  }

  #reader(git: Git, format: ObjectFormat): ObjectReader {
    const known = this.#readers.get(format);
    if (known !== undefined) return known;
    const reader = new ObjectReader(git, this.#repository(git.scratchFile(), format), this.signal);
    this.#readers.set(format, reader);
    return reader;
  }

  /** git reads the list of alternates when it starts, and leaves out those that do not exist then. */
  #repository(directory: string, format: ObjectFormat): string {
    openMirror({ directory, lockPath: "", refsPath: "" }, format);
    const objects = join(directory, "objects");
    makeDirectory(join(objects, "info"));
    const alternates = this.mirrors.filter(isPrepared).map((mirror) => join(mirror.directory, "objects"));
    writeInPlace(join(objects, "info/alternates"), alternates.map((path) => `${relative(objects, path)}\n`).join(""));
    return directory;
  }
}

/** @returns false if its directory cannot be made: its own task reports that. */
function isPrepared(mirror: Mirror): boolean {
  try {
    prepareObjects(mirror);
    return true;
  } catch (error) {
    if (error instanceof EdenError) return false;
    throw error;
  }
}
