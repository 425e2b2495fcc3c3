import { join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { DirectorySource, ManifestSkill, SkillLimits } from "../manifest/manifest.js";
import { directoryOf } from "../manifest/skill-source.js";
import { checkEntries, checkSizes, type SkillFile, type UncheckedEntry } from "../skill/skill-tree.js";
import { integrityOf, sha256Hex } from "../store/integrity.js";
import { Materialiser } from "../store/materialise.js";
import { readyEntry, writeMarker } from "../store/marker.js";
import { blobId, treeId } from "../store/tree-id.js";
import { fileFailure } from "../system/file-failure.js";
import {
  listEntries,
  lstatIfExists,
  type EntryKind,
  readLinkIfAny,
  readRegularFile,
  statIfExists,
} from "../system/read-files.js";
import type { SyncedSkill, SyncWorld } from "./sync-world.js";

/**
 * A directory of the user's own. In symlink mode it is linked live: its owner is editing it. In copy mode its files are snapshotted
 * into the store like any other content; what lies in `.git` is not part of it.
 * @throws EdenError `FETCH_NOT_FOUND`, `SUBPATH_NOT_FOUND`, `SKILL_UNSAFE` …
 */
export async function syncDirectory(
  world: SyncWorld,
  skill: ManifestSkill,
  source: DirectorySource,
): Promise<SyncedSkill> {
  const directory = directoryOf(source);
  if (statIfExists(source.path)?.isDirectory() !== true) {
    throw new EdenError("FETCH_NOT_FOUND", `there is no directory ${sanitize(source.path)}`, {
      stage: "fetch",
      hint: "Check the path in the manifest.",
    });
  }
  if (statIfExists(directory)?.isDirectory() !== true) {
    throw new EdenError(
      "SUBPATH_NOT_FOUND",
      `there is no directory ${sanitize(source.subpath)} in ${sanitize(source.path)}`,
      { stage: "resolve" },
    );
  }
  if (skill.installMode === "symlink") {
    return { status: "skipped", version: { commit: "", tree: "", integrity: "" }, skillProblem: null };
  }
  return await snapshot(world, skill, source);
}

/** What a snapshot of the directory would hold now. Reads only. @throws EdenError `SKILL_UNSAFE` … */
export function readSnapshot(
  limits: SkillLimits,
  source: DirectorySource,
): { tree: string; integrity: string; files: SkillFile[]; contents: ReadonlyMap<string, string> } {
  const contents = new Map<string, string>();
  const hashes = new Map<string, string>();
  const sizes = new Map<string, number>();
  const entries = walk(directoryOf(source), limits, (absolute, content) => {
    const oid = blobId(content, "sha1");
    contents.set(oid, absolute);
    hashes.set(oid, sha256Hex(content));
    sizes.set(oid, content.length);
    return oid;
  });
  const files = checkEntries(entries, limits);
  checkSizes(files, sizes, limits);
  const listing = files.map(({ path, mode, oid }) => ({ path, mode, sha256: hashes.get(oid) ?? "" }));
  return { tree: treeId(files, "sha1"), integrity: integrityOf(listing), files, contents };
}

async function snapshot(world: SyncWorld, skill: ManifestSkill, source: DirectorySource): Promise<SyncedSkill> {
  const { tree, files, contents } = readSnapshot(world.limits, source);
  const origin = { repository: source.path, commit: "", subpath: source.subpath };
  const ready = readyEntry(world.storageRoot, tree, skill.id);
  if (ready !== null) {
    writeMarker(world.storageRoot, ready, origin);
    return {
      status: "skipped",
      version: { commit: "", tree, integrity: ready.integrity },
      skillProblem: ready.skillProblem,
    };
  }
  const writer = new Materialiser(world.storageRoot, world.staging.next(), { id: skill.id, tree, files, origin });
  try {
    for (const [oid, absolute] of contents) await writer.write(oid, readContent(absolute));
    const marker = await writer.finish();
    return {
      status: "cloned",
      version: { commit: "", tree, integrity: marker.integrity },
      skillProblem: marker.skillProblem,
    };
  } finally {
    writer.discard();
  }
}

function walk(
  directory: string,
  limits: SkillLimits,
  hash: (absolute: string, content: Buffer) => string,
): UncheckedEntry[] {
  const entries: UncheckedEntry[] = [];
  const visit = (relative: string) => {
    for (const { name, kind } of listEntries(join(directory, relative))) {
      const path = relative === "" ? name : `${relative}/${name}`;
      const absolute = join(directory, path);
      if (path === ".git") continue;
      if (kind === "directory") visit(path);
      else {
        const refused = refusal(absolute, kind, entries.length, limits);
        if (refused !== null)
          throw new EdenError("SKILL_UNSAFE", `${sanitize(path)} ${refused}`, { stage: "materialise" });
        entries.push({
          path: Buffer.from(path),
          mode: modeOf(absolute, kind),
          oid: hash(absolute, readContent(absolute)),
        });
      }
    }
  };
  try {
    visit("");
  } catch (error) {
    throw fileFailure(error, directory);
  }
  return entries;
}

/** Why a file must not even be read, or null. */
function refusal(absolute: string, kind: EntryKind, before: number, limits: SkillLimits): string | null {
  if (kind === "other") return "is a device, socket or pipe";
  if (before >= limits.maxFiles) return `comes after ${limits.maxFiles} other files`;
  const size = lstatIfExists(absolute)?.size ?? 0;
  return size > limits.maxFileBytes ? `has ${size} bytes, more than ${limits.maxFileBytes}` : null;
}

function modeOf(absolute: string, kind: EntryKind): string {
  if (kind === "link") return "120000";
  return (statIfExists(absolute)?.mode ?? 0) & 0o100 ? "100755" : "100644";
}

function readContent(absolute: string): Buffer {
  const link = readLinkIfAny(absolute);
  return link === null ? readRegularFile(absolute).content : Buffer.from(link);
}
