import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { packTar, type TarEntry } from "./pack-tar.js";

/**
 * A gzipped tar in memory. The same entries give the same bytes: no times, no owners.
 * @throws errors of `content`.
 */
export async function packedTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const gzip = createGzip();
  const undated = entries.map((entry) => ({ ...entry, mtime: new Date(0) }));
  const [packed] = await Promise.all([buffer(gzip), packTar(gzip, undated, () => {})]);
  return packed;
}
