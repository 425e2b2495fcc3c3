import { structuredPatch } from "diff";

/** One version of a file. */
export interface FileVersion {
  /** As git writes it: 100644, 100755 or 120000. */
  mode: string;
  content: Buffer;
}

/** The change of one file. */
export interface TextChange {
  path: string;
  change: "added" | "modified" | "removed";
  /** null where the file does not exist. */
  mode: { before: string | null; after: string | null };
  bytes: { before: number; after: number };
  /** One of the two is no text, or is too large to be compared. */
  binary: boolean;
  /** The hunks of a unified diff; "" for a binary file, and for a change of the mode alone. */
  diff: string;
}

/** The version of each file, by path. */
export type Versions = ReadonlyMap<string, FileVersion>;

/** Larger files are not compared line by line. */
const MOST_BYTES = 1024 * 1024;

/** Lines that may differ: the time for a comparison grows with its square. */
const MOST_EDITS = 20_000;

/**
 * The changes between two contents, sorted by path.
 * @param comparesModes false if one of them is on a file system that keeps no modes.
 */
export function textChanges(before: Versions, after: Versions, comparesModes: boolean): TextChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return paths.flatMap((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    const change = changeOf(path, old, now);
    const isSame = change.diff === "" && !change.binary && old !== undefined && now !== undefined;
    return isSame && (!comparesModes || old.mode === now.mode) ? [] : [change];
  });
}

function changeOf(path: string, old: FileVersion | undefined, now: FileVersion | undefined): TextChange {
  const [before, after] = [old?.content ?? EMPTY, now?.content ?? EMPTY];
  const diff = before.equals(after) ? "" : hunksOf(before, after);
  return {
    path,
    change: old === undefined ? "added" : now === undefined ? "removed" : "modified",
    mode: { before: old?.mode ?? null, after: now?.mode ?? null },
    bytes: { before: before.length, after: after.length },
    binary: diff === null,
    diff: diff ?? "",
  };
}

const EMPTY = Buffer.alloc(0);

/** null for what is not compared line by line. */
function hunksOf(before: Buffer, after: Buffer): string | null {
  const [old, now] = [textOf(before), textOf(after)];
  if (old === null || now === null) return null;
  const patch = structuredPatch("", "", old, now, undefined, undefined, { context: 3, maxEditLength: MOST_EDITS });
  if (patch === undefined) return null;
  return patch.hunks
    .flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
      ...lines,
    ])
    .map((line) => `${line}\n`)
    .join("");
}

/** As git: an empty range begins with the line before it. */
function range(start: number, lines: number): string {
  return lines === 1 ? `${start}` : `${lines === 0 && start > 0 ? start - 1 : start},${lines}`;
}

/** As git: what has a zero byte near its beginning is no text. */
function textOf(content: Buffer): string | null {
  if (content.length > MOST_BYTES || content.subarray(0, 8000).includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return null;
  }
}
