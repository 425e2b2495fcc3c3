import { kindOf, lstatIfExists, readLinkIfAny, statIfExists } from "../system/read-files.js";

/** What lies at a target path now. What a directory may be recognised by is worked out only when it is asked for. */
export type Observed =
  | { kind: "absent" }
  | { kind: "link"; text: string; resolves: boolean }
  | { kind: "directory"; integrities(): readonly string[] }
  | { kind: "file" };

/** Looks at a path without following it. */
export function observe(path: string, integritiesOf: (directory: string) => readonly string[]): Observed {
  const stats = lstatIfExists(path);
  if (stats === null) return { kind: "absent" };
  const kind = kindOf(stats);
  if (kind === "link") return { kind, text: readLinkIfAny(path) ?? "", resolves: statIfExists(path) !== null };
  if (kind !== "directory") return { kind: "file" };
  let known: readonly string[] | undefined;
  return { kind, integrities: () => (known ??= integritiesOf(path)) };
}
