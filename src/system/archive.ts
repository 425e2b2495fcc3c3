import { createReadStream, createWriteStream, renameSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline as join, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { Header } from "tar";
import { EdenError, errorCode, errorMessage } from "../errors.js";
import { fileFailure } from "./file-failure.js";
import { makeDirectory, removeQuietly, syncDirectory, temporaryBeside } from "./write-files.js";

/** A file of an archive. */
export interface ArchivedFile {
  name: string;
  content: Buffer;
}

/** Headers and contents are padded to this many bytes (POSIX.1-1988, ustar). */
const BLOCK = 512;

/**
 * Writes a gzipped tar of plain files beside its place and renames it there. The same files in the same order make the same bytes: no times,
 * no owners.
 * @throws EdenError `DISK_FULL`, `PERMISSION_DENIED` …
 */
export async function writeArchive(path: string, files: Iterable<ArchivedFile>): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    makeDirectory(dirname(path));
    await pipeline(Readable.from(blocksOf(files)), createGzip(), createWriteStream(temporary, { flags: "wx" }));
    const written = await open(temporary);
    await written.sync();
    await written.close();
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw fileFailure(error, path);
  }
}

function* blocksOf(files: Iterable<ArchivedFile>): Generator<Buffer> {
  for (const { name, content } of files) {
    const header = new Header({ path: name, size: content.length, mode: 0o644, type: "File", mtime: new Date(0) });
    header.encode();
    if (header.block !== undefined) yield header.block;
    yield content;
    yield Buffer.alloc(padding(content.length));
  }
  yield Buffer.alloc(2 * BLOCK);
}

/**
 * Reads a gzipped tar, one file at a time in the order they lie there, each held in memory only while `take` has it. Nothing is written.
 * @param mostBytes a file that says it is larger is refused before it is read.
 * @throws EdenError `BUNDLE_INVALID` for anything that is not such an archive; whatever `take` throws.
 */
export async function readArchive(
  path: string,
  mostBytes: (name: string) => number,
  take: (file: ArchivedFile) => Promise<void>,
): Promise<void> {
  const invalid = (why: string, cause?: unknown) =>
    new EdenError("BUNDLE_INVALID", `${path} is no bundle: ${why}`, { path, stage: "fetch" }, cause);
  // What goes wrong is told to whoever reads.
  const plain = join(createReadStream(path), createGunzip(), () => {});
  const bytes = new ByteReader(plain);
  const read = async (count: number): Promise<Buffer> => {
    try {
      return await bytes.take(count);
    } catch (error) {
      if (errorCode(error) === "ENOENT") throw invalid("there is no such file", error);
      throw invalid(errorMessage(error), error);
    }
  };
  try {
    for (;;) {
      const header = new Header(await read(BLOCK));
      if (header.nullBlock) return;
      const { path: name = "", size = 0 } = header;
      if (!header.cksumValid || header.type !== "File") throw invalid(`an entry in it is not a plain file`);
      if (size > mostBytes(name)) throw invalid(`${name} has ${size} bytes, more than ${mostBytes(name)}`);
      const content = await read(size);
      await read(padding(size));
      await take({ name, content });
    }
  } finally {
    bytes.close();
  }
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** Takes a stream apart in pieces of any size. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** @throws Error when the stream ends before, or fails. */
  async take(count: number): Promise<Buffer> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < count) {
      const next = await this.#chunks.next();
      if (next.done === true) throw new Error("it ends too early");
      parts.push(next.value);
      have += next.value.length;
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }

  close(): void {
    this.stream.destroy();
  }
}
