import { dirname, join } from "node:path";
import { EdenError, type Problem } from "../errors.js";
import { checkedReading } from "./checked-reading.js";
import { findManifest } from "../manifest/document/find-manifest.js";
import { lockedPolicy, storedPolicy } from "./stored-policy.js";
import type { Manifest, RepositorySource } from "../manifest/document/manifest.js";
import { readManifest } from "../manifest/document/read-manifest.js";
import { perTurn } from "../system/per-turn.js";
import { lstatIfExists, placeOf, readBytesIfExists, statIfExists } from "../system/read-files.js";
import { currentHost } from "../system/host.js";
import type { RunOptions } from "../run/options.js";
import { readLockfile } from "./read-lockfile.js";

/**
 * Finds, reads and validates the manifest.
 * @returns it with the warnings about it.
 * @throws EdenError `MANIFEST_NOT_FOUND`, or the code of the first problem, with all problems in
 *   `facts.problems`.
 */
export async function loadManifest(
  options: Pick<RunOptions, "manifest" | "strict" | "host" | "warn">,
): Promise<{ manifest: Manifest; warnings: Problem[] }> {
  const path = manifestPathOf(options);
  const bytes = path === null ? null : readBytesIfExists(path);
  if (path === null || bytes === null) {
    const where =
      path === null
        ? "no skills.toml here, in a parent directory, or in ~/.eden-skills"
        : `there is no manifest at ${path}`;
    throw new EdenError("MANIFEST_NOT_FOUND", where, {
      hint: "Run `eden-skills init` to write one, or name it with --config.",
    });
  }
  const loaded = await interpretManifest(bytes, path, options);
  for (const warning of loaded.warnings) options.warn?.(warning);
  return loaded;
}

/**
 * The path of the manifest, existing or not, with links in its directory followed, so that all its
 * names give one path. null if there is none and no path was given.
 */
export function manifestPathOf({
  manifest,
  host = currentHost(),
}: Pick<RunOptions, "manifest" | "host">): string | null {
  const { env, cwd, home } = host;
  const found = findManifest({ config: manifest, env, cwd, home }, (path) => lstatIfExists(path) !== null);
  return found === null ? null : placeOf(found.path);
}

/**
 * Validates the text of a manifest, existing or new, at a path. Its collections have the members of
 * the lockfile.
 * @param lockfile replaces the text of the lockfile on disk (null: no lockfile).
 * @throws EdenError the code of the first problem, with all problems in `facts.problems`.
 */
export async function interpretManifest(
  text: Uint8Array,
  path: string,
  options: Pick<RunOptions, "strict" | "host">,
  lockfile?: string | null,
): Promise<{ manifest: Manifest; warnings: Problem[] }> {
  const { home, env, root } = options.host ?? currentHost();
  const strict = options.strict ?? false;
  const localSources = { kindOf: kindOfSource };
  const place = { manifestDirectory: dirname(path), home, root };
  const storedTeamFile = (source: string, repository: RepositorySource, storageRoot: string) =>
    storedPolicy(lockedPolicy(path, place, lockfile), { source, repository, storageRoot });
  const read = await readManifest(text, { path, home, env, root, strict, localSources, storedTeamFile });
  if (read.manifest === null || read.manifest.collections.length === 0) return checkedReading(read, path);
  const { membersIn, withMembers } = await import("./with-members.js");
  const found = readLockfile(read.manifest, home, lockfile);
  return await withMembers(read.manifest, membersIn(read.manifest, found.lockfile));
}

/** The kind of a local source, without asking git. */
export const kindOfSource = perTurn((path): "absent" | "file" | "directory" | "work-tree" | "bare-repository" => {
  const stats = statIfExists(path);
  if (stats === null) return "absent";
  if (!stats.isDirectory()) return "file";
  if (lstatIfExists(join(path, ".git")) !== null) return "work-tree";
  const isBare = ["HEAD", "objects", "refs"].every((name) => statIfExists(join(path, name)) !== null);
  return isBare ? "bare-repository" : "directory";
});
