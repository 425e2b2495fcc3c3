import type { Decision } from "../deploy/decision.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { RunContext } from "../run/run-context.js";
import { compareFiles } from "../skill/audit/delta.js";
import { storedCapabilities, storedFiles } from "../workspace/stored-files.js";
import type { Synced } from "./synced.js";

/** Reports the pins that a run has moved, each with what changed. */
export async function reportMoves(
  context: RunContext,
  { before: lockfile, results }: Synced,
  { machine, versions }: Decision,
): Promise<void> {
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
    const changes = await changesOf(machine.manifest, old.site?.tree ?? old.tree, tree);
    context.emit({ type: "pin-moved", at: context.clock.now(), skill: id, move: { from, to, commits, ...changes } });
  }
}

/** What the new content changes; null if the store does not have both contents as they were. */
async function changesOf(
  manifest: Manifest,
  before: string,
  after: string,
): Promise<{ files: number | null; gains: string[] | null }> {
  if (before === after) return { files: 0, gains: [] };
  const [old, now] = [storedFiles(manifest, before), storedFiles(manifest, after)];
  if (old === null || now === null) return { files: null, gains: null };
  const { capabilityDelta } = await import("../skill/audit/capabilities.js");
  const { added } = capabilityDelta(await storedCapabilities(old), await storedCapabilities(now));
  return { files: compareFiles(old.files, now.files).length, gains: added };
}
