import { Buffer } from "node:buffer";
import { readBytesIfExists } from "../system/read-files.js";

const MAGIC = 0xff_74_4f_63;
const VERSION = 2;

/**
 * True if all objects are in the pack of this index file: a table of how many ids begin with each
 * byte or a lower one, then all ids in order. False for an index of another version.
 */
export function packHas(index: string, oids: readonly string[]): boolean {
  const data = readBytesIfExists(index);
  if (data === null || data.readUInt32BE(0) !== MAGIC || data.readUInt32BE(4) !== VERSION) return false;
  const upTo = (byte: number) => (byte < 0 ? 0 : data.readUInt32BE(8 + 4 * byte));
  return oids.every((oid) => {
    const wanted = Buffer.from(oid, "hex");
    const [first = 0] = wanted;
    for (let position = upTo(first - 1); position < upTo(first); position++) {
      const start = 8 + 4 * 256 + position * wanted.length;
      if (wanted.equals(data.subarray(start, start + wanted.length))) return true;
    }
    return false;
  });
}
