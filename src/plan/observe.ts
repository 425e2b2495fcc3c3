import { kindOf, lstatIfExists, readLinkIfAny, statIfExists } from "../system/read-files.js";

/**
 * The current entry at a target path. The content of a directory is read only on demand.
 */
export type Observed =
  | { kind: "absent" }
  | { kind: "link"; text: string; resolves: boolean }
  | { kind: "directory"; holds(integrities: readonly string[]): boolean }
  | { kind: "file" };

/** Reads the content of a directory; the result tells whether it has one of some integrities. */
export type ContentReader = (directory: string) => (integrities: readonly string[]) => boolean;

/** Reads a path without following a link. */
export function observe(path: string, contentOf: ContentReader): Observed {
  const stats = lstatIfExists(path);
  if (stats === null) return { kind: "absent" };
  const kind = kindOf(stats);
  if (kind === "link") return { kind, text: readLinkIfAny(path) ?? "", resolves: statIfExists(path) !== null };
  if (kind !== "directory") return { kind: "file" };
  let known: ReturnType<ContentReader> | undefined;
  return { kind, holds: (integrities) => (known ??= contentOf(path))(integrities) };
}
