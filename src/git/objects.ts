import { EdenError } from "../errors.js";
import { runGit, type Git } from "./run-git.js";

/** One line of `ls-tree`. The path is bytes: git does not say what encoding it is. */
export interface RawEntry {
  mode: string;
  type: string;
  oid: string;
  path: Buffer;
}

/** Bytes kept of one line: a path of so many is refused by its length, whatever follows, and a name of gigabytes costs no memory. */
const LONGEST_LINE = 64 * 1024;

/**
 * The entries of a commit below the given directories ("." for all), directories included, in one process.
 * @returns null when there are more than `limit`: git is ended there, so a tree bomb costs no more than that.
 */
export async function listTree(
  git: Git,
  directory: string,
  commit: string,
  subpaths: readonly string[],
  limit: number,
  signal: AbortSignal,
): Promise<RawEntry[] | null> {
  const entries: RawEntry[] = [];
  let rest: Buffer = Buffer.alloc(0);
  const over = new EdenError("TREE_TOO_LARGE", `more than ${limit} entries`);
  const paths = subpaths.includes(".") ? [] : subpaths;
  try {
    await runGit(git, {
      directory,
      args: ["ls-tree", "-r", "-t", "-z", "--full-tree", "--end-of-options", commit, ...paths],
      signal,
      onStdout: (chunk) => {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        let start = 0;
        for (let end = rest.indexOf(0, start); end !== -1; end = rest.indexOf(0, start)) {
          entries.push(parseEntry(rest.subarray(start, end)));
          start = end + 1;
          if (entries.length > limit) throw over;
        }
        rest = rest.subarray(start, start + LONGEST_LINE);
      },
    });
  } catch (error) {
    if (error === over) return null;
    throw error;
  }
  return entries;
}

/** `<mode> <type> <oid>\t<path>` */
function parseEntry(line: Buffer): RawEntry {
  const tab = line.indexOf(9);
  const [mode = "", type = "", oid = ""] = line.subarray(0, tab).toString("latin1").split(" ");
  return { mode, type, oid, path: Buffer.from(line.subarray(tab + 1)) };
}

/** The ids of all objects the mirror holds. Never asks the remote, as a look-up of a missing one would. */
export async function listObjects(git: Git, directory: string, signal: AbortSignal): Promise<Set<string>> {
  const { stdout } = await runGit(git, {
    directory,
    args: ["cat-file", "--batch-all-objects", "--unordered", "--buffer", "--batch-check=%(objectname)"],
    maxOutputBytes: 512 * 1024 * 1024,
    signal,
  });
  return new Set(stdout.toString("latin1").split("\n"));
}

/** Who takes blobs as they arrive. */
export interface BlobReceiver {
  /** Told the size in bytes before the content arrives. false: it is passed over, and never held in memory. */
  accepts(oid: string, size: number): boolean;
  take(oid: string, content: Buffer): void | Promise<void>;
}

/**
 * Streams blobs in the order of `oids` through one `cat-file --batch`. Memory stays at one blob. git does not check what it hands out;
 * the receiver does.
 * @throws EdenError `FETCH_CORRUPT` when one of them is not there; whatever the receiver throws.
 */
export async function readBlobs(
  git: Git,
  directory: string,
  oids: readonly string[],
  signal: AbortSignal,
  receiver: BlobReceiver,
): Promise<void> {
  if (oids.length === 0) return;
  const reader = new BatchReader(receiver);
  await runGit(git, {
    directory,
    args: ["cat-file", "--batch", "--buffer"],
    input: `${oids.join("\n")}\n`,
    signal,
    onStdout: async (chunk) => await reader.take(chunk),
  });
  if (reader.count !== oids.length)
    throw new EdenError("FETCH_CORRUPT", "the object database ended early", { stage: "materialise" });
}

/** Cuts the stream `<oid> <type> <size>\n<content>\n` into blobs. */
class BatchReader {
  count = 0;
  #parts: Buffer[] = [];
  #bytes = 0;
  #header: { oid: string; size: number } | null = null;
  /** Bytes still to come of a content that nobody wants, its line feed included. */
  #unwanted = 0;

  constructor(private readonly receiver: BlobReceiver) {}

  async take(chunk: Buffer): Promise<void> {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    for (;;) {
      if (this.#unwanted > 0 && !this.#passOver()) return;
      if (this.#header === null) {
        const all = this.#joined();
        const end = all.indexOf(10);
        if (end === -1) return;
        this.#header = parseHeader(all.subarray(0, end).toString("latin1"));
        this.#keep(all.subarray(end + 1));
        const { oid, size } = this.#header;
        if (!this.receiver.accepts(oid, size)) {
          this.#unwanted = size + 1;
          this.#header = null;
          this.count++;
          continue;
        }
      }
      if (this.#bytes < this.#header.size + 1) return;
      const { oid, size } = this.#header;
      const all = this.#joined();
      this.#header = null;
      this.count++;
      await this.receiver.take(oid, all.subarray(0, size));
      this.#keep(all.subarray(size + 1));
    }
  }

  /** @returns true when all of the unwanted content has gone by. */
  #passOver(): boolean {
    const all = this.#joined();
    const gone = Math.min(this.#unwanted, all.length);
    this.#unwanted -= gone;
    this.#keep(all.subarray(gone));
    return this.#unwanted === 0;
  }

  #joined(): Buffer {
    if (this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0] ?? Buffer.alloc(0);
  }

  #keep(rest: Buffer): void {
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
  }
}

function parseHeader(line: string): { oid: string; size: number } {
  const lost = /^([0-9a-f]+) missing$/u.exec(line)?.[1];
  if (lost !== undefined)
    throw new EdenError("FETCH_CORRUPT", `object ${lost} did not arrive`, { stage: "materialise" });
  const match = /^([0-9a-f]+) blob (\d+)$/u.exec(line);
  if (match === null)
    throw new EdenError("FETCH_CORRUPT", `the object database answered: ${line.slice(0, 200)}`, {
      stage: "materialise",
    });
  return { oid: match[1] ?? "", size: Number(match[2]) };
}
