import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  type BigIntStats,
} from "node:fs";
import { dirname, join } from "node:path";

/** One entry: its content (a file's bytes, a link's text, a directory's entries), and its state when last seen. */
interface Kept {
  content: Buffer | string | Map<string, Kept>;
  stats: BigIntStats;
}

/** Keeps a directory in memory. */
export function keepTree(path: string): Kept {
  const stats = lstatSync(path, { bigint: true });
  if (stats.isSymbolicLink()) return { content: readlinkSync(path), stats };
  if (!stats.isDirectory()) return { content: readFileSync(path), stats };
  return { content: new Map(readdirSync(path).map((name) => [name, keepTree(join(path, name))])), stats };
}

/** Restores what has changed of it since: contents, modes and times of modification. */
export function restoreTree(path: string, kept: Kept): void {
  const { content } = kept;
  const now = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!(content instanceof Map)) {
    if (now !== undefined && isUntouched(now, kept)) return;
    removeEntry(path);
    if (typeof content === "string") symlinkSync(content, path);
    else writeFileSync(path, content);
  } else {
    if (now?.isDirectory() !== true) removeEntry(path);
    mkdirSync(path, { recursive: true });
    for (const name of readdirSync(path)) if (!content.has(name)) removeEntry(join(path, name));
    for (const [name, entry] of content) restoreTree(join(path, name), entry);
    if (isUntouched(lstatSync(path, { bigint: true }), kept)) return;
  }
  if (typeof content !== "string") {
    chmodSync(path, Number(kept.stats.mode & 0o7777n));
    utimesSync(path, Number(kept.stats.atimeNs) / 1e9, Number(kept.stats.mtimeNs) / 1e9);
  }
  kept.stats = lstatSync(path, { bigint: true });
}

/** Any change, of the content or the mode, sets the time of the last status change. */
function isUntouched(now: BigIntStats, { stats }: Kept): boolean {
  return now.ino === stats.ino && now.ctimeNs === stats.ctimeNs;
}

/** Removes it, though its directory and those within may be read-only. */
function removeEntry(path: string): void {
  const makeWritable = (entry: string): void => {
    if (lstatSync(entry, { throwIfNoEntry: false })?.isDirectory() !== true) return;
    chmodSync(entry, 0o700);
    for (const name of readdirSync(entry)) makeWritable(join(entry, name));
  };
  chmodSync(dirname(path), 0o700);
  makeWritable(path);
  rmSync(path, { recursive: true, force: true });
}
