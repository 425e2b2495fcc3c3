import type { Decision } from "../deploy/decision.js";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { RunContext } from "../run/run-context.js";
import { compareFiles } from "../skill/audit/delta.js";
import type { SkillFile } from "../skill/skill-tree.js";
import { openStore } from "../store/store.js";
import { readStored } from "../workspace/read-snapshot.js";
import type { Synced } from "./synced.js";

/** Reports the pins that a run has moved, each with the number of its commits and files. */
export function reportMoves(
  context: RunContext,
  { before: lockfile, results }: Synced,
  { machine, versions }: Decision,
): void {
  if (context.settings.frozen || context.signal.aborted) return;
  const locked = new Map(lockfile.skills.map((entry) => [entry.id, entry]));
  for (const [id, { commit, tree: own, site }] of versions) {
    const old = locked.get(id);
    // What a site published has no commit: its tree identifies it.
    const [from, to] = [old?.resolvedCommit || (old?.site?.tree ?? ""), commit || (site?.tree ?? "")];
    const tree = site?.tree ?? own;
    if (old === undefined || from === "" || to === "" || from === to) continue;
    const result = results.get(id);
    const commits = (result !== undefined && "synced" in result ? result.synced.commits : null) ?? null;
    const before = old.site?.tree ?? old.tree;
    const files = before === tree ? 0 : changedFiles(machine.manifest, id, [before, tree]);
    context.emit({ type: "pin-moved", at: context.clock.now(), skill: id, move: { from, to, commits, files } });
  }
}

/** Null if the store does not have both contents as they were. */
function changedFiles(manifest: Manifest, id: string, [before, after]: readonly [string, string]): number | null {
  const [old, now] = [filesOf(manifest, before, id), filesOf(manifest, after, id)];
  return old === null || now === null ? null : compareFiles(old, now).length;
}

function filesOf(manifest: Manifest, tree: string, id: string): SkillFile[] | null {
  const store = openStore(manifest.storageRoot);
  const [anyId = id] = store.idsOf(tree);
  if (store.readyEntry(tree, anyId) === null) return null;
  try {
    return readStored(manifest, tree, anyId).files;
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}
