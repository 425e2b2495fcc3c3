import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { fromBuffer, type Entry, type ZipFile } from "yauzl";
import { errorMessage } from "../errors.js";
import { UnreadableArchive, type PackedEntry } from "./unpack-tar.js";

/**
 * The entries of a zip, in order; only one is in memory. Directories are left out. A path may occur
 * more than once.
 * @param maxBytes the maximum sum of the unpacked sizes.
 * @throws UnreadableArchive.
 */
export async function* unpackZip(packed: Buffer, maxBytes: number): AsyncGenerator<PackedEntry> {
  try {
    const zip = await promisify<Buffer, object, ZipFile>(fromBuffer)(packed, {
      lazyEntries: true,
      decodeStrings: false,
    });
    let left = maxBytes;
    for await (const entry of entriesOf(zip)) {
      const path = textOf(entry.fileNameRaw);
      if (path.endsWith("/")) continue;
      const content = await contentOf(zip, entry, path, left);
      left -= content.length;
      const mode = modeOf(entry);
      yield { path, kind: kindOf(mode), executable: (mode & 0o100) !== 0, content };
    }
  } catch (error) {
    throw new UnreadableArchive(errorMessage(error), { cause: error });
  }
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const next = await new Promise<Entry | null>((resolve, reject) => {
      zip.removeAllListeners();
      zip.once("entry", resolve);
      zip.once("end", () => resolve(null));
      zip.once("error", reject);
      zip.readEntry();
    });
    if (next === null) return;
    yield next;
  }
}

async function contentOf(zip: ZipFile, entry: Entry, path: string, maxBytes: number): Promise<Buffer> {
  const { uncompressedSize: size, crc32: sum } = entry;
  if (entry.isEncrypted()) throw new Error(`${path} is encrypted`);
  if (size > maxBytes) throw new Error(`${path} has ${size} bytes, more than ${maxBytes}`);
  const stream = await promisify(zip.openReadStream.bind(zip) as OpenReadStream)(entry);
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  const content = Buffer.concat(parts);
  // The library compares the size but not the checksum.
  if (crc32(content) !== sum) throw new Error(`${path} is damaged`);
  return content;
}

type OpenReadStream = (entry: Entry, done: (error: Error | null, stream: AsyncIterable<Buffer>) => void) => void;

/**
 * The Unix mode (type and permissions); 0 if it was packed on another system (APPNOTE.TXT 6.3,
 * 4.4.2 and 4.4.15).
 */
function modeOf({ versionMadeBy, externalFileAttributes }: Entry): number {
  return versionMadeBy >> 8 === 3 ? externalFileAttributes >>> 16 : 0;
}

function kindOf(mode: number): PackedEntry["kind"] {
  const type = mode & 0o170000;
  if (type === 0o120000) return "link";
  return type === 0 || type === 0o100000 ? "file" : "other";
}

/** Names must be UTF-8 or ASCII; another encoding would give a different name on each system. */
function textOf(name: Buffer): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
}
