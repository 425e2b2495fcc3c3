import { EdenError, sanitize } from "../errors.js";
import { syncRun } from "../apply/pipeline.js";
import { replaceLockfile } from "../deploy/replace-lockfile.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { ForeignPin } from "../manifest/foreign/foreign-skill.js";
import type { SkillVersion } from "../run/events.js";
import type { RunContext } from "../run/run-context.js";
import { nextLockfile } from "../workspace/pins.js";
import { lockfileText, readLockfile } from "../workspace/read-lockfile.js";
import { haveSameContent } from "../store/integrity.js";
import { openStore, type Store } from "../store/store.js";
import { lstatIfExists } from "../system/read-files.js";
import { lookAtTargets } from "./adopt.js";
import { recoverCommits } from "./recover-commits.js";
import type { SkippedEntry } from "./skipped-entry.js";

/** The imported skills at the commits that the other tool has installed. */
export interface PinnedSkills {
  /** Their contents are in the store. */
  versions: ReadonlyMap<string, SkillVersion>;
  /** Skills without such a commit, with reasons: the next apply pins the newest one. */
  unpinned: SkippedEntry[];
  /** Installed copies whose content is not that of the commit. */
  edited: { skill_id: string; path: string }[];
}

/**
 * Brings imported skills into the store at the commits that the other tool has installed, and
 * compares what is installed with them. It writes neither manifest nor lockfile.
 * @param manifest with the imported skills.
 * @param pins by skill id.
 * @throws EdenError as `look`.
 */
export async function pinImported(
  context: RunContext,
  manifest: Manifest,
  pins: ReadonlyMap<string, ForeignPin>,
): Promise<PinnedSkills> {
  const commits = await recoverCommits(context, manifest, pins);
  const at = (skill: ManifestSkill): ManifestSkill => {
    const commit = commits.get(skill.id);
    if (typeof commit !== "string" || skill.source.kind !== "repository") return skill;
    return { ...skill, source: { ...skill.source, commit } };
  };
  const complete = { ...manifest, skills: manifest.skills.map(at) };
  const selected = complete.skills.filter(({ id }) => typeof commits.get(id) === "string");
  const job = { manifest: complete, selected, scope: new Set(selected.map(({ id }) => id)), notices: [] };
  const synced = await syncRun(context, job, { pace: { batchSize: 32, batchPauseMs: 0 } });
  const versions = new Map<string, SkillVersion>();
  const unpinned: SkippedEntry[] = [];
  for (const [id, pin] of pins) {
    const [commit, result] = [commits.get(id), synced.results.get(id)];
    const error =
      commit instanceof EdenError ? commit : result !== undefined && "error" in result ? result.error : null;
    if (error !== null) unpinned.push({ id, reason: error.message, code: error.code });
    else if (result !== undefined && "synced" in result) {
      const { version } = result.synced;
      const problem = pin.tree === null || pin.tree === version.tree ? null : otherTree(pin.tree, version);
      if (problem === null) versions.set(id, version);
      else unpinned.push({ id, ...problem });
    }
  }
  const known = synced.selected.filter(({ id }) => versions.has(id));
  const { left } = await lookAtTargets(synced.machine, known, synced.results);
  const edited = left.filter(({ code }) => code === "TARGET_MODIFIED").map(({ id, path }) => ({ skill_id: id, path }));
  return { versions, unpinned, edited: [...edited, ...editedCopies(openStore(manifest.storageRoot), pins, versions)] };
}

/** Copies that the tool has in a directory of its own. */
function editedCopies(
  store: Store,
  pins: ReadonlyMap<string, ForeignPin>,
  versions: PinnedSkills["versions"],
): PinnedSkills["edited"] {
  return [...versions].flatMap(([id, { tree }]) => {
    const copy = pins.get(id)?.copy ?? null;
    if (copy === null || lstatIfExists(copy)?.isDirectory() !== true) return [];
    return haveSameContent(copy, store.entryDirectory(tree, id)) ? [] : [{ skill_id: id, path: copy }];
  });
}

function otherTree(tree: string, { commit, tree: other }: SkillVersion): Pick<SkippedEntry, "code" | "reason"> {
  const reason = `commit ${commit.slice(0, 12)} has tree ${other.slice(0, 12)}, and the file says ${sanitize(tree.slice(0, 12))}`;
  return { code: "INTEGRITY_MISMATCH", reason };
}

/** Writes these versions into the lockfile; every other entry stays. Call it with the manifest's lock held. */
export async function lockPins(context: RunContext, manifest: Manifest, { versions }: PinnedSkills): Promise<void> {
  const { home } = context.host;
  const { lockfile } = readLockfile(manifest, home);
  const { withCapabilities } = await import("../deploy/lock-capabilities.js");
  const next = nextLockfile(manifest, lockfile, versions, new Set(versions.keys()));
  replaceLockfile(context, manifest, lockfileText(manifest, home, await withCapabilities(manifest, lockfile, next)));
}
