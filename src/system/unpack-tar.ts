import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Parser, type ReadEntry } from "tar";
import { errorMessage } from "../errors.js";

/** What an archive holds at a path; nothing of it was judged. */
export interface PackedEntry {
  path: string;
  kind: "file" | "link" | "other";
  executable: boolean;
  /** Of a link, its text. */
  content: Buffer;
}

/**
 * Unpacks a gzipped tar into memory. Directories are left out: they follow from the paths.
 * @param maxBytes what it may come to when it is unpacked, headers included.
 * @returns why it cannot be read, or its entries in their order, of which one path may have several.
 */
export async function unpackTar(packed: Buffer, maxBytes: number): Promise<PackedEntry[] | { problem: string }> {
  try {
    const plain = await promisify(gunzip)(packed, { maxOutputLength: maxBytes });
    // The parser would unpack it once more, as often as somebody packed it.
    if (COMPRESSED.some((magic) => plain.subarray(0, magic.length).equals(magic))) return { problem: "it is no tar" };
    return await entriesOf(plain);
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}

const COMPRESSED = [Buffer.from([0x1f, 0x8b]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd])];

async function entriesOf(plain: Buffer): Promise<PackedEntry[]> {
  const entries: PackedEntry[] = [];
  const take = (entry: ReadEntry) => {
    const chunks: Buffer[] = [];
    entry.on("data", (chunk: Buffer) => void chunks.push(chunk));
    entry.on("end", () => {
      const { path, type, mode = 0, linkpath = "" } = entry;
      if (type === "Directory" || type === "GNUDumpDir") return;
      const kind = FILES.has(type) ? "file" : type === "SymbolicLink" ? "link" : "other";
      const content = kind === "link" ? Buffer.from(linkpath) : Buffer.concat(chunks);
      entries.push({ path: path.replace(/^(?:\.\/+)+/u, ""), kind, executable: (mode & 0o100) !== 0, content });
    });
  };
  return await new Promise((resolve, reject) => {
    const parser = new Parser({ strict: true, onReadEntry: take });
    // Of a type that nobody knows, or with a name too long to be one.
    parser.on("ignoredEntry", ({ path }: ReadEntry) => reject(new Error(`${path} is of no known type`)));
    parser.on("error", reject);
    parser.on("end", () => resolve(entries));
    parser.end(plain);
  });
}

const FILES = new Set<string>(["File", "OldFile", "ContiguousFile"]);
