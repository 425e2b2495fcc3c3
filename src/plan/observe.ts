import { kindOf, lstatIfExists, readLinkIfAny, statIfExists } from "../system/read-files.js";

/**
 * The current entry at a target path. The integrities of a directory are computed only on demand.
 */
export type Observed =
  | { kind: "absent" }
  | { kind: "link"; text: string; resolves: boolean }
  | { kind: "directory"; integrities(): readonly string[] }
  | { kind: "file" };

/** Reads a path without following a link. */
export function observe(path: string, integritiesOf: (directory: string) => readonly string[]): Observed {
  const stats = lstatIfExists(path);
  if (stats === null) return { kind: "absent" };
  const kind = kindOf(stats);
  if (kind === "link") return { kind, text: readLinkIfAny(path) ?? "", resolves: statIfExists(path) !== null };
  if (kind !== "directory") return { kind: "file" };
  let known: readonly string[] | undefined;
  return { kind, integrities: () => (known ??= integritiesOf(path)) };
}
