import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import { EdenError } from "../errors.js";
import {
  formatSkillsLock,
  skillsLockSource,
  type SkillsLock,
  type SkillsLockEntry,
} from "../manifest/foreign/skills-lock.js";
import type { LockedSkill } from "../manifest/lockfile/lockfile.js";
import { parseSource } from "../manifest/source/source-grammar.js";
import type { RunOptions } from "../run/options.js";
import { contentBelow } from "../skill/files-below.js";
import { openStore, type Store } from "../store/store.js";
import { currentHost } from "../system/host.js";
import { lstatIfExists, readRegularFile } from "../system/read-files.js";
import { writeThroughLinks } from "../system/write-through.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import type { SkippedEntry } from "./skipped-entry.js";

/** The document of `lock export --json`. */
export interface LockExportReport {
  schema_version: 1;
  command: "lock export";
  /** The lockfile that was read. */
  file: string;
  /** The path of the written file; null if none was written. */
  output: string | null;
  lock: SkillsLock;
  /** Skills that are not in it, with reasons. */
  skipped: SkippedEntry[];
  /** What the format has no field for, with the skills that have it. */
  lost: { field: LostField; skills: string[] }[];
}

type LostField = "resolved_commit" | "targets" | "resolved_version" | "alias" | "collection" | "install_mode";

/**
 * The lockfile as a `skills-lock.json`, version 1. It reads the store for the hashes; no network.
 * @param output absolute path of a file to write; null: none. Relative paths are those of its
 *   directory, else of the lockfile's.
 * @throws EdenError `LOCK_OUT_OF_DATE` without a lockfile, `LOCK_UNREADABLE`; `MANIFEST_EXISTS` for an
 *   existing output, unless forced.
 */
export async function exportSkillsLock(
  options: Pick<RunOptions, "manifest" | "strict" | "host" | "force" | "warn">,
  output: string | null,
): Promise<LockExportReport> {
  const { home } = options.host ?? currentHost();
  const { manifest } = await loadManifest(options);
  const file = manifest.lockfilePath;
  const { text, lockfile, problem } = readLockfile(manifest, home);
  if (text === null)
    throw new EdenError("LOCK_OUT_OF_DATE", `there is no lockfile ${file}`, { hint: "`eden-skills apply` writes it." });
  if (problem !== null) throw new EdenError("LOCK_UNREADABLE", `${file}: ${problem}`, { path: file });
  const place: Place = {
    directory: manifest.directory,
    home,
    relativeTo: output === null ? manifest.directory : dirname(output),
    store: openStore(manifest.storageRoot),
  };
  const lock: SkillsLock = { version: 1, skills: {} };
  const skipped: SkippedEntry[] = [];
  for (const skill of lockfile.skills) {
    const entry = entryOf(skill, place);
    if ("code" in entry) skipped.push({ id: skill.id, ...entry });
    else lock.skills[skill.id] = entry;
  }
  const written = lockfile.skills.filter(({ id }) => Object.hasOwn(lock.skills, id));
  if (output !== null) {
    if (options.force !== true && lstatIfExists(output) !== null)
      throw new EdenError("MANIFEST_EXISTS", `${output} already exists`, { path: output });
    writeThroughLinks(output, formatSkillsLock(lock));
  }
  return { schema_version: 1, command: "lock export", file, output, lock, skipped, lost: lostIn(written) };
}

interface Place {
  /** The base of relative paths in the lockfile. */
  directory: string;
  home: string;
  relativeTo: string;
  store: Store;
}

type Refusal = Pick<SkippedEntry, "code" | "reason">;

function entryOf(skill: LockedSkill, place: Place): SkillsLockEntry | Refusal {
  const { id, sourceRepo, sourceRef, sourceSubpath, tree, site } = skill;
  if (site !== undefined) return { code: "INVALID_REPO_URL", reason: "it comes from a site, not from a repository" };
  const parsed = parseSource(sourceRepo, { ...place, allowInsecure: true });
  if (parsed.kind === "refused") return { code: "INVALID_REPO_URL", reason: parsed.reason };
  const isLive = tree === "" && parsed.kind === "path";
  if (!isLive && place.store.readyEntry(tree, id) === null)
    return { code: "OFFLINE_MISS", reason: "its content is not in the store, so it has no hash: `warm` fetches it" };
  const content = isLive ? join(parsed.path, sourceSubpath) : place.store.entryDirectory(tree, id);
  try {
    return {
      ...(parsed.kind === "path"
        ? { source: localSource(place.relativeTo, parsed.path), sourceType: "local" }
        : skillsLockSource(parsed.url)),
      ...(sourceRef !== "" && { ref: sourceRef }),
      skillPath: sourceSubpath === "." ? "SKILL.md" : `${sourceSubpath}/SKILL.md`,
      computedHash: skillsLockHash(content),
    };
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    return { code: error.code, reason: error.message };
  }
}

/** A path that no tool takes for the name of a repository. */
function localSource(from: string, path: string): string {
  const written = relative(from, path) || ".";
  return written.startsWith(".") ? written : `./${written}`;
}

/**
 * The hash that the `skills` command computes: SHA-256 of path and content of each file, in the
 * order of its own comparison; links, `.git` and `node_modules` do not count.
 */
function skillsLockHash(directory: string): string {
  const files = contentBelow(directory, true)
    .filter(({ kind, path }) => kind === "file" && !/(?:^|\/)(?:\.git|node_modules)\//u.test(path))
    .toSorted((a, b) => a.path.localeCompare(b.path));
  const hash = createHash("sha256");
  for (const { path } of files) hash.update(path).update(readRegularFile(join(directory, path)).content);
  return hash.digest("hex");
}

const LOST: Readonly<Record<LostField, (skill: LockedSkill) => boolean>> = {
  resolved_commit: ({ resolvedCommit }) => resolvedCommit !== "",
  targets: ({ targets }) => targets.length > 0,
  resolved_version: ({ resolvedVersion }) => resolvedVersion !== undefined,
  alias: ({ alias }) => alias !== undefined,
  collection: ({ collection }) => collection !== undefined,
  install_mode: ({ installMode }) => installMode !== "symlink",
};

function lostIn(skills: readonly LockedSkill[]): LockExportReport["lost"] {
  return (Object.keys(LOST) as LostField[])
    .map((field) => ({ field, skills: skills.filter(LOST[field]).map(({ id }) => id) }))
    .filter((one) => one.skills.length > 0);
}
