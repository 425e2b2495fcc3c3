import { kindOf, lstatIfExists, readLinkIfAny, statIfExists } from "../system/read-files.js";

/** What lies at a target path now. The integrity of a directory is worked out only when somebody asks. */
export type Observed =
  | { kind: "absent" }
  | { kind: "link"; text: string; resolves: boolean }
  | { kind: "directory"; integrity(): string }
  | { kind: "file" };

/** Looks at a path without following it. */
export function observe(path: string, integrityOf: (directory: string) => string): Observed {
  const stats = lstatIfExists(path);
  if (stats === null) return { kind: "absent" };
  const kind = kindOf(stats);
  if (kind === "link") return { kind, text: readLinkIfAny(path) ?? "", resolves: statIfExists(path) !== null };
  if (kind !== "directory") return { kind: "file" };
  let known: string | undefined;
  return { kind, integrity: () => (known ??= integrityOf(path)) };
}
