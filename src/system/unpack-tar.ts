import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
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

/**
 * Unpacks a gzipped tar into memory. Directories are left out, since the paths imply them.
 * @param maxBytes the maximum unpacked size, including headers.
 * @returns why it cannot be read, or its entries in order; a path may occur more than once.
 */
export async function unpackTar(packed: Buffer, maxBytes: number): Promise<PackedEntry[] | { problem: string }> {
  try {
    const plain = await promisify(gunzip)(packed, { maxOutputLength: maxBytes });
    const entries: PackedEntry[] = [];
    for await (const entry of Readable.from([plain]).pipe(extract())) {
      const { name, type, mode = 0, linkname } = entry.header;
      // The library ends the content of a directory only if its header has the size 0.
      if (type === "directory") continue;
      const content = await buffer(entry);
      const kind = kindOf(type);
      entries.push({
        path: name.replace(/^(?:\.\/+)+/u, ""),
        kind,
        executable: (mode & 0o100) !== 0,
        content: kind === "link" ? Buffer.from(linkname ?? "") : content,
      });
    }
    return entries;
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}

function kindOf(type: Header["type"]): PackedEntry["kind"] {
  if (type === "file" || type === "contiguous-file") return "file";
  return type === "symlink" ? "link" : "other";
}
