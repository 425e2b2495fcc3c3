import { promisify } from "node:util";
import { crc32, inflateRaw } from "node:zlib";
import { errorMessage } from "../errors.js";
import type { PackedEntry } from "./unpack-tar.js";

/*
 * A zip ends with the record that says where its central directory is; that has a record for each file, which says where the file itself
 * lies (APPNOTE.TXT 6.3, sections 4.3 and 4.4). Only the central directory is believed.
 */
const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const LONGEST_COMMENT = 0xffff;

/**
 * Unpacks a zip into memory: stored or deflated files, no zip64, no encryption. Directories are left out.
 * @param maxBytes what it may come to when it is unpacked.
 * @returns why it cannot be read, or its entries in their order, of which one path may have several.
 */
export async function unpackZip(packed: Buffer, maxBytes: number): Promise<PackedEntry[] | { problem: string }> {
  try {
    const entries: PackedEntry[] = [];
    let left = maxBytes;
    for (const header of headersOf(packed)) {
      if (header.path.endsWith("/")) continue;
      const content = await contentOf(packed, header, left);
      left -= content.length;
      entries.push({ path: header.path, kind: kindOf(header), executable: (header.mode & 0o100) !== 0, content });
    }
    return entries;
  } catch (error) {
    // Whatever lies outside of the buffer is a RangeError of Node's.
    return { problem: errorMessage(error) };
  }
}

interface CentralHeader {
  path: string;
  flags: number;
  method: number;
  crc: number;
  packedSize: number;
  size: number;
  /** As Unix has it, type and rights; 0 where another system packed it. */
  mode: number;
  offset: number;
}

function headersOf(zip: Buffer): CentralHeader[] {
  const end = endOf(zip);
  const count = zip.readUInt16LE(end + 10);
  const headers: CentralHeader[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    if (zip.readUInt32LE(at) !== CENTRAL) throw new Error("its directory is damaged");
    const isUnix = zip.readUInt8(at + 5) === 3;
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) => zip.readUInt16LE(at + place)) as [
      number,
      number,
      number,
    ];
    const name = at + 46;
    headers.push({
      path: textOf(zip.subarray(name, name + nameLength)),
      flags: zip.readUInt16LE(at + 8),
      method: zip.readUInt16LE(at + 10),
      crc: zip.readUInt32LE(at + 16),
      packedSize: zip.readUInt32LE(at + 20),
      size: zip.readUInt32LE(at + 24),
      mode: isUnix ? zip.readUInt16LE(at + 40) : 0,
      offset: zip.readUInt32LE(at + 42),
    });
    at = name + nameLength + extraLength + commentLength;
  }
  return headers;
}

/** Where the last record begins; nothing but its comment follows it. */
function endOf(zip: Buffer): number {
  for (let at = zip.length - 22; at >= 0 && at >= zip.length - 22 - LONGEST_COMMENT; at--) {
    if (zip.readUInt32LE(at) === END && at + 22 + zip.readUInt16LE(at + 20) === zip.length) return at;
  }
  throw new Error("it is no whole zip");
}

async function contentOf(zip: Buffer, header: CentralHeader, maxBytes: number): Promise<Buffer> {
  const { path, flags, method, crc, packedSize, size, offset } = header;
  if ((flags & 1) !== 0) throw new Error(`${path} is encrypted`);
  if (size > maxBytes) throw new Error(`${path} has ${size} bytes, more than ${maxBytes}`);
  if (zip.readUInt32LE(offset) !== LOCAL) throw new Error(`${path} is not where it should be`);
  const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  const packed = zip.subarray(start, start + packedSize);
  if (method !== 0 && method !== 8) throw new Error(`${path} is packed in a way that is not known`);
  // The limit of zero bytes is none.
  const content =
    method === 0
      ? packed
      : size === 0
        ? Buffer.alloc(0)
        : await promisify(inflateRaw)(packed, { maxOutputLength: size });
  if (content.length !== size || crc32(content) !== crc) throw new Error(`${path} is damaged`);
  return content;
}

function kindOf({ mode }: CentralHeader): PackedEntry["kind"] {
  const type = mode & 0o170000;
  if (type === 0o120000) return "link";
  return type === 0 || type === 0o100000 ? "file" : "other";
}

/** Names are UTF-8, or ASCII; what is neither would be another name on each system. */
function textOf(name: Buffer): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
}
