import { join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { DirectorySource, ManifestSkill } from "../manifest/document/manifest.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { HEAD_BYTES } from "../skill/front-matter.js";
import { readSkillFile } from "../skill/read-skill-file.js";
import { pickSkillFile } from "../skill/skill-file.js";
import type { Marker } from "../store/marker.js";
import { listDirectory, readBeginning, realPath, statIfExists } from "../system/read-files.js";
import { readContent, readSnapshot } from "../workspace/read-snapshot.js";
import { hasCopies, isLinkedLive } from "../workspace/target-mode.js";
import { siteContent, type SiteContent } from "./site-content.js";
import type { Sync } from "./sync.js";
import type { SyncedSkill } from "./sync-result.js";

/**
 * A directory of the user. In symlink mode it is linked live: the user is editing it. Where it is
 * copied, its files are written into the store like any other content, without `.git`.
 * @throws EdenError `FETCH_NOT_FOUND`, `SUBPATH_NOT_FOUND`, `SKILL_UNSAFE` …
 */
export async function syncDirectory(sync: Sync, skill: ManifestSkill, source: DirectorySource): Promise<SyncedSkill> {
  const directory = directoryOf(source);
  const site = siteContent(sync, skill, source);
  if (site?.restoresSite === true) return restored(sync, site);
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
  if (site !== null) {
    const { version, ...synced } = await snapshot(sync, skill, source);
    return { ...synced, version: { ...version, ...site } };
  }
  if (isLinkedLive(skill) && !hasCopies(sync.plan.manifest, sync.context.host.home, skill)) {
    const skillProblem = await liveProblem(directory);
    return { status: "skipped", version: NOTHING, skillProblem };
  }
  return await snapshot(sync, skill, source);
}

/** The version of a directory that is linked live. */
const NOTHING = { commit: "", tree: "", integrity: "" };

/** Pinned content of a site that is written beside the manifest at the end of Phase A. */
function restored({ writer }: Sync, content: SiteContent): SyncedSkill {
  const { tree, integrity } = content.site;
  const version = { commit: "", tree, integrity };
  const skillProblem = writer.store.readMarker(tree)?.skillProblem ?? null;
  return { status: "skipped", version: { ...version, ...content }, skillProblem };
}

/** Why agents may not load a skill that is linked live, or null. */
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

async function snapshot({ writer, plan }: Sync, { id }: ManifestSkill, source: DirectorySource): Promise<SyncedSkill> {
  const { tree, files, contents } = readSnapshot(plan.manifest.limits, directoryOf(source));
  const origin = { repository: source.path, commit: "", subpath: source.subpath };
  const ready = writer.store.readyEntry(tree, id);
  if (ready !== null) {
    await writer.store.writeMarker(ready, origin);
    return syncedAs("skipped", ready);
  }
  const entry = writer.write({ id, tree, files, origin });
  try {
    for (const [oid, absolute] of contents) await entry.write(oid, readContent(absolute));
    return syncedAs("cloned", await entry.finish());
  } finally {
    await entry.discard();
  }
}

function syncedAs(status: SyncedSkill["status"], { tree, integrity, skillProblem }: Marker): SyncedSkill {
  return { status, version: { commit: "", tree, integrity }, skillProblem };
}
