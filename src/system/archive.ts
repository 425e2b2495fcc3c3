import { createReadStream, createWriteStream, renameSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, pack, type Pack } from "tar-stream";
import { EdenError, errorCode, errorMessage } from "../errors.js";
import { fileFailure } from "./file-failure.js";
import { makeDirectory } from "./write-files.js";
import { removeQuietly, sweepTemporaryFiles, temporaryBeside } from "./temporary-files.js";
import { flushDirectory } from "./flush.js";

/** A file of an archive. */
export interface ArchivedFile {
  name: string;
  content: Buffer;
}

/**
 * Writes a gzipped tar of plain files beside its place and renames it. The same files in the same
 * order give the same bytes: no times, no owners.
 * @throws EdenError `DISK_FULL`, `PERMISSION_DENIED` …
 */
export async function writeArchive(path: string, files: Iterable<ArchivedFile>): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    makeDirectory(dirname(path));
    sweepTemporaryFiles(dirname(path));
    const archive = pack();
    packAll(archive, files).catch((error: unknown) => archive.destroy(error as Error));
    await pipeline(archive, createGzip(), createWriteStream(temporary, { flags: "wx" }));
    const written = await open(temporary);
    await written.sync();
    await written.close();
    renameSync(temporary, path);
    flushDirectory(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw fileFailure(error, path);
  }
}

/** Adds one file after the other, with the backpressure of the archive. */
async function packAll(archive: Pack, files: Iterable<ArchivedFile>): Promise<void> {
  for (const { name, content } of files) {
    const header = { name, size: content.length, mode: 0o644, mtime: new Date(0) };
    await new Promise<void>((resolve, reject) => {
      archive.entry(header, content, (error) => (error ? reject(error) : resolve()));
    });
  }
  archive.finalize();
}

/**
 * Reads a gzipped tar, one file at a time in archive order. Each file is in memory only during its
 * call of `take`. Nothing is written.
 * @param mostBytes a file whose header gives a larger size is refused before it is read.
 * @throws EdenError `BUNDLE_INVALID` for anything that is not such an archive; errors of `take`.
 */
export async function readArchive(
  path: string,
  mostBytes: (name: string) => number,
  take: (file: ArchivedFile) => Promise<void>,
): Promise<void> {
  const invalid = (why: string, cause?: unknown) =>
    new EdenError("BUNDLE_INVALID", `${path} is not a bundle: ${why}`, { path, stage: "fetch" }, cause);
  const archive = extract();
  const reading = pipeline(createReadStream(path), createGunzip(), archive);
  // Errors reach the loop below, which reads the last stream.
  reading.catch(() => {});
  let taking = false;
  try {
    for await (const entry of archive) {
      const { name, size = 0, type } = entry.header;
      if (type !== "file") throw invalid(`an entry in it is not a plain file`);
      if (size > mostBytes(name)) throw invalid(`${name} has ${size} bytes, more than ${mostBytes(name)}`);
      const content = await buffer(entry);
      taking = true;
      await take({ name, content });
      taking = false;
    }
    await reading;
  } catch (error) {
    if (taking || error instanceof EdenError) throw error;
    throw invalid(errorCode(error) === "ENOENT" ? "there is no such file" : errorMessage(error), error);
  } finally {
    archive.destroy();
  }
}
