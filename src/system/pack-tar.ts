import { pipeline } from "node:stream/promises";
import type { Writable } from "node:stream";
import { pack, type Pack } from "tar-stream";

/** An entry of a tar: a file, or a link with its text. */
export type TarEntry = ({ mode: number; content(): Buffer } | { link: string }) & {
  name: string;
  /** Now, if left out. */
  mtime?: Date;
};

/**
 * Writes a tar to a stream and ends it; the content of one file at a time is in memory.
 * @param onEntry called when an entry was taken.
 * @throws errors of the stream and of `content`.
 */
export async function packTar(to: Writable, entries: Iterable<TarEntry>, onEntry: () => void): Promise<void> {
  const archive = pack();
  addAll(archive, entries, onEntry).catch((error: unknown) => archive.destroy(error as Error));
  await pipeline(archive, to);
}

async function addAll(archive: Pack, entries: Iterable<TarEntry>, onEntry: () => void): Promise<void> {
  for (const entry of entries) {
    await new Promise<void>((resolve, reject) => {
      const onEnd = (error?: Error | null) => (error ? reject(error) : resolve());
      const { name, mtime } = entry;
      const about = { name, ...(mtime !== undefined && { mtime }) };
      if ("link" in entry) return archive.entry({ ...about, type: "symlink", linkname: entry.link }, onEnd);
      const content = entry.content();
      return archive.entry({ ...about, mode: entry.mode, size: content.length }, content, onEnd);
    });
    onEntry();
  }
  archive.finalize();
}
