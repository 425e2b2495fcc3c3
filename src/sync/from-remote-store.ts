import { lacksFacts } from "../policy/commit-rules.js";
import { MOST_AT_ONCE, type RemoteStore } from "../remote-store/remote-store.js";
import type { SkillVersion } from "../run/events.js";
import { attemptOf } from "../run/repository-task.js";
import { cachedSkill } from "./cached-skill.js";
import { reportActivity } from "./report-activity.js";
import type { WantedSkill } from "./resolve-commits.js";
import type { Sync } from "./sync.js";
import type { SyncResult } from "./sync-result.js";

/**
 * Brings the locked contents of one repository from the remote store.
 * @returns the results of those that it had; the others are of their repository. Contents of commits
 *   about which the policy needs more are not asked for.
 * @throws EdenError of the local store; the signal's reason when aborted.
 */
export async function fromRemoteStore(
  { context, plan, writer }: Sync,
  remoteStore: RemoteStore,
  wanted: readonly WantedSkill[],
  signal: AbortSignal,
): Promise<Map<string, SyncResult>> {
  const results = new Map<string, SyncResult>();
  const { manifest } = plan;
  const key = wanted[0]?.source.key ?? "";
  const { onBytes } = attemptOf(context, key, signal);
  const asking = { writer, limits: manifest.limits, transfer: { signal, onBytes } };
  const pending = wanted.flatMap(({ skill, source, pin }) =>
    pin === null || pin.tree === "" || lacksFacts(manifest, context.host.home, pin.commit)
      ? []
      : [{ skill, source, pin }],
  );
  const work = async () => {
    for (let one = pending.shift(); one !== undefined; one = pending.shift()) {
      const { skill, source, pin } = one;
      // An earlier attempt may have brought it.
      const cached = cachedSkill(writer.store, skill, pin);
      const marker = cached === null ? await remoteStore.bring({ id: skill.id, source, pin }, asking) : null;
      if (cached !== null) results.set(skill.id, cached);
      else if (marker !== null) results.set(skill.id, broughtResult(pin, marker));
    }
  };
  reportActivity({ context }, { source: { key } }, "fetching");
  const ended = await Promise.allSettled(Array.from({ length: MOST_AT_ONCE }, work));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
  return results;
}

function broughtResult(
  { commit, tree, archive }: SkillVersion,
  { integrity, skillProblem }: { integrity: string; skillProblem: string | null },
): SyncResult {
  const version = { commit, tree, integrity, ...(archive !== undefined && { archive }) };
  return { synced: { status: "updated", version, skillProblem, fromRemoteStore: true } };
}
