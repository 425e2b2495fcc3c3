import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ManifestReading } from "../../src/manifest/document/manifest.js";
import { readManifest, type ManifestContext } from "../../src/manifest/document/read-manifest.js";
import type { LocalKind } from "../../src/manifest/source/skill-source.js";

export const HOME = "/home/ann";
export const PROJECT = "/home/ann/project";

export const fixtures = fileURLToPath(new URL("../../fixtures/manifests", import.meta.url));

/** Reads a manifest as if it were ~/project/skills.toml; what is at a local path is what `paths` says, else nothing. */
export function read(
  input: string | Uint8Array,
  changes: Partial<ManifestContext> = {},
  paths: Record<string, LocalKind> = {},
): Promise<ManifestReading> {
  const known: Record<string, LocalKind> = { [PROJECT]: "directory", [`${PROJECT}/skills.toml`]: "file", ...paths };
  return readManifest(input, {
    path: `${PROJECT}/skills.toml`,
    home: HOME,
    env: {},
    strict: false,
    localSources: { kindOf: (path) => known[path] ?? "absent" },
    ...changes,
  });
}

/** What the first lines of a fixture promise: `CODE field.path line`, in order. */
export function expectations(file: string): string[] {
  return readFileSync(file, "latin1")
    .split("\n")
    .flatMap((line) => (line.startsWith("# expect: ") ? [line.slice("# expect: ".length)] : []));
}

/** The problems of a reading in the notation of the fixtures. */
export function found(reading: ManifestReading): string[] {
  return reading.problems.map(({ code, path, line }) => `${code} ${path === "" ? "-" : path} ${line ?? "-"}`);
}
