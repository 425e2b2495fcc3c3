import { Readable, Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { errorMessage } from "../errors.js";

/** An entry of an archive; nothing in it was validated. */
export interface PackedEntry {
  path: string;
  kind: "file" | "link" | "other";
  executable: boolean;
  /** For a link, its text. */
  content: Buffer;
}

/** An archive that cannot be read, or is too large. */
export class UnreadableArchive extends Error {}

/**
 * The entries of a tar, gzipped or not, in order; only one is in memory. Directories are left out,
 * since the paths imply them. A path may occur more than once.
 * @param maxBytes the maximum unpacked size, including headers.
 * @throws UnreadableArchive.
 */
export async function* unpackTar(packed: Buffer, maxBytes: number): AsyncGenerator<PackedEntry> {
  const entries = extract();
  const isGzipped = packed.subarray(0, 2).toString("latin1") === "\x1f\x8b";
  const plain = isGzipped ? [createGunzip(), atMost(maxBytes)] : [atMost(maxBytes)];
  const reading = pipeline([Readable.from(piecesOf(packed)), ...plain, entries]);
  // The loop below gets its errors.
  reading.catch(() => {});
  try {
    for await (const entry of entries) {
      const { name, type, mode = 0, linkname } = entry.header;
      // The library ends the content of a directory only if its header has the size 0.
      if (type === "directory") continue;
      const content = await buffer(entry);
      const kind = kindOf(type);
      yield {
        path: name.replace(/^(?:\.\/+)+/u, ""),
        kind,
        executable: (mode & 0o100) !== 0,
        content: kind === "link" ? Buffer.from(linkname ?? "") : content,
      };
    }
    await reading;
  } catch (error) {
    throw new UnreadableArchive(errorMessage(error), { cause: error });
  } finally {
    entries.destroy();
  }
}

const PIECE_BYTES = 256 * 1024;

function* piecesOf(packed: Buffer): Generator<Buffer> {
  for (let at = 0; at < packed.length; at += PIECE_BYTES) yield packed.subarray(at, at + PIECE_BYTES);
}

function atMost(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new Error(`it has more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

function kindOf(type: Header["type"]): PackedEntry["kind"] {
  if (type === "file" || type === "contiguous-file") return "file";
  return type === "symlink" ? "link" : "other";
}
