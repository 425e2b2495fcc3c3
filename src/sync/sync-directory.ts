import { join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { DirectorySource, ManifestSkill } from "../manifest/document/manifest.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { HEAD_BYTES } from "../skill/front-matter.js";
import { readSkillFile } from "../skill/read-skill-file.js";
import { pickSkillFile } from "../skill/skill-file.js";
import { Materialiser } from "../store/materialise.js";
import { readyEntry, writeMarker } from "../store/marker.js";
import { listDirectory, readBeginning, realPath, statIfExists } from "../system/read-files.js";
import { readContent, readSnapshot } from "../workspace/read-snapshot.js";
import type { Sync } from "./sync.js";
import type { SyncedSkill } from "./sync-result.js";

/**
 * A directory of the user's own. In symlink mode it is linked live: its owner is editing it. Where it is copied its files are
 * snapshotted into the store like any other content; what lies in `.git` is not part of it.
 * @throws EdenError `FETCH_NOT_FOUND`, `SUBPATH_NOT_FOUND`, `SKILL_UNSAFE` …
 */
export async function syncDirectory(sync: Sync, skill: ManifestSkill, source: DirectorySource): Promise<SyncedSkill> {
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
  if (!sync.isCopied(skill)) {
    const skillProblem = await liveProblem(directory);
    return { status: "skipped", version: { commit: "", tree: "", integrity: "" }, skillProblem };
  }
  return await snapshot(sync, skill, source);
}

/** What agents may stumble over in a skill that is linked as it is, or null. */
async function liveProblem(directory: string): Promise<string | null> {
  const name = pickSkillFile(listDirectory(directory));
  if (name === null) return "there is no SKILL.md";
  try {
    const { faults } = await readSkillFile(name, readBeginning(realPath(join(directory, name)), HEAD_BYTES));
    return faults.length === 0 ? null : sanitize(faults.join("; "));
  } catch (error) {
    if (!(error instanceof EdenError) || error.code === "SKILL_UNSAFE" || error.code === "DESCRIPTORS_EXHAUSTED")
      throw error;
    return `its SKILL.md cannot be read: ${error.message}`;
  }
}

async function snapshot(sync: Sync, skill: ManifestSkill, source: DirectorySource): Promise<SyncedSkill> {
  const { tree, files, contents } = readSnapshot(sync.limits, directoryOf(source));
  const origin = { repository: source.path, commit: "", subpath: source.subpath };
  const ready = readyEntry(sync.storageRoot, tree, skill.id);
  if (ready !== null) {
    await writeMarker(sync.storageRoot, ready, origin);
    return {
      status: "skipped",
      version: { commit: "", tree, integrity: ready.integrity },
      skillProblem: ready.skillProblem,
    };
  }
  const content = { id: skill.id, tree, files, origin };
  const writer = new Materialiser(sync.storageRoot, sync.staging.next(), content, sync.window);
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
