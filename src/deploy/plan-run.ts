import { EdenError } from "../errors.js";
import type { Manifest, ManifestCollection, ManifestSkill } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import { damagedItem } from "./frozen-damage.js";
import type { Court } from "../policy/judge.js";
import { systemClock } from "../system/clock.js";
import { currentHost } from "../system/host.js";
import type { Job } from "../workspace/job.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import { collectionState } from "../workspace/locked-members.js";
import { requireNoDevelopment } from "../workspace/development.js";
import { machineOf } from "../workspace/machine.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import { requireOwnSources } from "../workspace/forged-entries.js";
import { readOwnership } from "../workspace/ownership.js";
import { planRemovals, planSkill } from "./plan-machine.js";
import { lockfileWarning } from "../workspace/notices.js";
import type { RunOptions } from "../run/options.js";
import { pinsOf, requireUpToDate } from "../workspace/pins.js";
import { lockedRegistrySkills } from "../registry/locked-skills.js";
import { cachedSkill } from "../sync/cached-skill.js";
import type { SkillVersion } from "../run/events.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { readSnapshot } from "../workspace/read-snapshot.js";
import { openStore } from "../store/store.js";
import { Limiter } from "../reactor/limiter.js";
import { lookAtRemotes } from "../workspace/remote-places.js";
import { hasCopies, isLinkedLive } from "../workspace/target-mode.js";

/** Containers and hosts that a plan asks at the same time. */
const MOST_CONNECTIONS = 10;

/**
 * The plan of a job without network: skills that are pinned and in the store with their content,
 * the others as never synced. Only containers and hosts with targets are asked.
 * @param remotes "skip": their targets are unknown.
 * @throws EdenError `LOCK_OUT_OF_DATE`, `STATE_UNREADABLE`, `WAIVER_EXPIRED`.
 */
export async function planRun(options: RunOptions, job: Job, remotes: "ask" | "skip" = "ask"): Promise<PlanItem[]> {
  const host = options.host ?? currentHost();
  const { home } = host;
  const { clock = systemClock } = options;
  const frozen = options.frozen === true;
  const found = readLockfile(job.manifest, home, job.lockfile);
  const ownership = readOwnership(job.manifest, home, found.lockfile);
  for (const warning of lockfileWarning(job.manifest, found)) options.warn?.(warning);
  await warnOfUnknownMembers(options, job, found.lockfile);
  const manifest = await lockedRegistrySkills(job.manifest, found.lockfile, home);
  const ids = new Set(job.selected.map(({ id }) => id));
  requireOwnSources(manifest, found.lockfile);
  if (job.manifest.skills.some(({ source }) => source.kind === "registry")) {
    const { checkKnownSources } = await import("../registry/check-locked-sources.js");
    checkKnownSources({ written: job.manifest, locked: manifest, lockfile: found.lockfile }, home, ids);
  }
  const { signal = new AbortController().signal, timeoutMs = manifest.reactor.timeoutMs } = options;
  const rules = { host, clock, signal, timeoutMs, limiter: new Limiter(MOST_CONNECTIONS) };
  const sources = { manifest, state: ownership.state, lockfile: found.lockfile };
  const remote = remotes === "ask" ? await lookAtRemotes(rules, sources, job.scope) : null;
  await remote?.close();
  const machine = machineOf(manifest, home, { found, ownership, force: options.force === true, remote });
  if (frozen) {
    requireUpToDate(machine);
    requireNoDevelopment(machine);
  }
  const store = openStore(manifest.storageRoot);
  const pins = pinsOf(manifest, found.lockfile);
  const items = manifest.skills
    .filter(({ id }) => ids.has(id))
    .flatMap((skill) => {
      const cached = cachedSkill(store, skill, pins.get(skill.id));
      const version =
        cached !== null && "synced" in cached ? cached.synced.version : snapshotVersion(manifest, home, skill);
      return planSkill(machine, skill, version);
    });
  const judged = manifest.skills.filter(({ id }) => ids.has(id));
  const denied = await deniedBy(manifest, judged, { home, now: clock.date(), versions: pins });
  const allowed = items.map((item) => deniedItem(item, denied.get(item.skillId)));
  const planned = frozen ? allowed.map((item) => damagedItem(machine, item)) : allowed;
  return [...planned, ...planRemovals(machine, job.scope).items];
}

/**
 * Why the policy denies skills, by id. Most manifests have no policy: then its code is not loaded.
 * @throws EdenError `WAIVER_EXPIRED`.
 */
async function deniedBy(
  manifest: Manifest,
  judged: readonly ManifestSkill[],
  about: Pick<Court, "home" | "now" | "versions">,
): Promise<ReadonlyMap<string, EdenError>> {
  const { policy } = manifest;
  if (policy.layers.length === 0) return new Map();
  const { requireCurrentWaivers } = await import("../policy/require-allowed.js");
  const { courtOf, deniedOf } = await import("../policy/judge.js");
  await requireCurrentWaivers(policy, about.now);
  return await deniedOf(courtOf(manifest, about), judged);
}

/** A skill that the policy denies is not changed; where it is installed, it stays. */
function deniedItem(item: PlanItem, error: EdenError | undefined): PlanItem {
  if (error === undefined || item.action === "remove") return item;
  const reasons = [`${error.code}: ${error.message}`, ...item.reasons];
  return { ...item, action: item.action === "noop" ? "noop" : "conflict", reasons };
}

/** A plan uses no network, so it has no members that are not locked yet. */
async function warnOfUnknownMembers({ warn }: RunOptions, { manifest }: Job, lockfile: Lockfile): Promise<void> {
  for (const collection of manifest.collections) {
    if (!collection.enabled || collectionState(manifest, collection, lockfile).kind === "settled") continue;
    const denied = await deniedCollection(manifest, collection);
    const next = denied === null ? "apply looks them up" : `${denied.code}: ${denied.message}`;
    const message = `not all members of ${collection.key} are locked; ${next}`;
    const path = `collections[${collection.index}]`;
    warn?.({ code: "COLLECTION_UNRESOLVED", severity: "warning", path, message, line: null, column: null });
  }
}

async function deniedCollection(manifest: Manifest, { source }: ManifestCollection): Promise<EdenError | null> {
  if (manifest.policy.layers.length === 0) return null;
  const { deniedSource } = await import("../policy/require-allowed.js");
  return await deniedSource(manifest, source);
}

/** A copied directory is read in its current state. */
function snapshotVersion(manifest: Manifest, home: string, skill: ManifestSkill): SkillVersion | null {
  const { source } = skill;
  if (source.kind !== "directory" || (isLinkedLive(skill) && !hasCopies(manifest, home, skill))) return null;
  try {
    const { tree, integrity } = readSnapshot(manifest.limits, directoryOf(source));
    return { commit: "", tree, integrity };
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}
