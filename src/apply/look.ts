import type { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import { deniedSkills, requireCurrentWaivers } from "../policy/require-allowed.js";
import type { PolicyMove } from "../policy/team-file.js";
import { checkLockedSources, type LockedManifest } from "../registry/check-locked-sources.js";
import { lockedRegistrySkills } from "../registry/locked-skills.js";
import { resolveRegistrySkills } from "../registry/registry-skills.js";
import type { RunContext } from "../run/run-context.js";
import type { SkillVersion } from "../run/events.js";
import type { RunScope } from "../run/scope.js";
import { openStore } from "../store/store.js";
import { importBundle } from "../sync/import-bundle.js";
import { descriptorLimit } from "../system/resource-limits.js";
import { verifyFile } from "../system/verify-signature.js";
import type { Job } from "../workspace/job.js";
import { developmentMessage, requireNoDevelopment } from "../workspace/development.js";
import { machineOf, type Machine } from "../workspace/machine.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import { lockfileWarning, manifestNotice } from "../workspace/notices.js";
import { requireOwnSources } from "../workspace/forged-entries.js";
import { readOwnership } from "../workspace/ownership.js";
import { pinsOf, requireUpToDate } from "../workspace/pins.js";
import { contentPins } from "../workspace/site-pins.js";
import { sweepLeftovers } from "../workspace/sweep-leftovers.js";
import { lookAtRemotes } from "../workspace/remote-places.js";
import { requireApart } from "../workspace/require-apart.js";

/** The state of the machine at the start of a run, with the one manifest of the run. */
export interface Looked {
  /**
   * The complete manifest: skills of registries have their repositories, as far as they are known.
   */
  machine: Machine;
  /** The skills that are synced and installed, in manifest order. */
  selected: readonly ManifestSkill[];
  scope: RunScope;
  former: readonly ManifestSkill[];
  /**
   * Why a skill cannot be synced, by id: the policy denies its source, its registry does not have
   * it, or what the lockfile says of it could not be checked.
   */
  refused: ReadonlyMap<string, EdenError>;
  /** What the lockfile pins, by id; for a skill of a registry its locked version. */
  pinned: ReadonlyMap<string, SkillVersion>;
  /** The lockfile on the disk. */
  before: Lockfile;
  /** Skills of sites whose files this run has replaced. */
  replaced: ReadonlySet<string>;
  /** How this run moves the pin of the team's policy. */
  policyMove: PolicyMove | null;
}

/**
 * Reads lockfile and state, and completes the manifest. Only registries are accessed over the
 * network.
 * @throws EdenError before anything is written: `TARGET_IS_SOURCE`, `LOCK_OUT_OF_DATE`,
 *   `STATE_UNREADABLE`, `WAIVER_EXPIRED`; as `verifyFile` and `importBundle`.
 */
export async function look(context: RunContext, job: Job): Promise<Looked> {
  const { settings, host, clock, signal } = context;
  const { manifest: written, scope, former = [] } = job;
  requireApart(written.skills, job.selected);
  const found = readLockfile(written, host.home, job.lockfile);
  const before = job.lockfile === undefined ? found.lockfile : readLockfile(written, host.home).lockfile;
  const ownership = readOwnership(written, host.home, found.lockfile);
  const locked = await lockedRegistrySkills(written, found.lockfile, host.home);
  for (const notice of job.notices) context.emit(notice);
  if (!settings.update) requireOwnSources(locked, found.lockfile);
  if (settings.frozen) requireUpToDate({ manifest: locked, found });
  for (const warning of lockfileWarning(written, found)) {
    context.emit(manifestNotice(warning));
    settings.warn(warning);
  }
  const { runs } = openStore(written.storageRoot);
  context.atEnd(await runs.enter(written.path, { clock, signal }));
  await sweepLeftovers(written, { clock, signal });
  reportBeginning(context, written);
  const policyMove = await currentPolicy(context, written);
  if (job.selected.length > 0) await requireCurrentWaivers(written.policy, clock.date());
  const complete = await withCollections(context, job, found.lockfile);
  const ids = idsOf(job, complete);
  const known = { written, locked, lockfile: found.lockfile };
  const unchecked = settings.update ? [] : await uncheckedSources(context, known, ids);
  const { manifest, unresolved } = settings.frozen
    ? { manifest: locked, unresolved: new Map<string, EdenError>() }
    : await resolveRegistrySkills(context, complete, found.lockfile, { ids });
  const selected = manifest.skills.filter(({ id }) => ids.has(id));
  const pinned = new Map([...pinsOf(locked, found.lockfile), ...pinsOf(manifest, found.lockfile)]);
  // An install writes its skills into the manifest later; members of collections are not in it.
  const origins = selected.flatMap(({ id, source }) =>
    source.kind === "repository" && !pinned.has(id) ? [`${source.key}\n${source.subpath}\n${id}`] : [],
  );
  if (origins.length > 0) context.atEnd(await runs.enter(written.path, { clock, signal, origins }));
  const refused = new Map([...unresolved, ...unchecked, ...(await deniedSkills(manifest, selected))]);
  const allowed = selected.filter(({ id }) => !refused.has(id));
  const { fromBundle, bundleSigners } = settings;
  if (fromBundle !== null) {
    if (bundleSigners !== null) await verifyFile({ host, clock, signal }, fromBundle, bundleSigners);
    await importBundle(manifest, allowed, contentPins(manifest, found.lockfile), fromBundle);
  }
  const wide = scope === "all" ? scope : new Set([...scope, ...ids]);
  const remote = await lookAtRemotes(
    context.remoteRules,
    { manifest, state: ownership.state, lockfile: found.lockfile },
    wide,
  );
  context.atEnd(() => void remote?.close());
  const machine = machineOf(manifest, host.home, { found, ownership, force: settings.force, remote });
  if (settings.frozen && context.command !== "warm") requireNoDevelopment(machine);
  for (const { id } of selected) {
    const development = machine.development.get(id);
    if (development === undefined) continue;
    const message = developmentMessage(development);
    context.notice({ severity: "info", code: "SKILL_IN_DEVELOPMENT", stage: "install", skill: id, message });
  }
  const replaced = job.replaced ?? new Set<string>();
  return { machine, selected, scope: wide, former, refused, pinned, before, replaced, policyMove };
}

/** The team's policy is here from now on; an update of all skills moves its pin. */
async function currentPolicy(context: RunContext, manifest: Manifest): Promise<PolicyMove | null> {
  if (manifest.policy.team?.repository == null) return null;
  const { update, ids, groups } = context.settings;
  const { completePolicy } = await import("../policy/team-file.js");
  const move = await completePolicy(context, manifest, { moves: update && ids.length + groups.length === 0 });
  if (move === null) return null;
  const { source, from, to } = move;
  const message = `the team's policy ${source} moved from ${from.slice(0, 12)} to ${to.slice(0, 12)}`;
  context.notice({ severity: "info", code: "POLICY_MOVED", stage: "resolve", message });
  return move;
}

/**
 * The lockfile is content: what it says of registries and collections is checked.
 * @returns why an entry could not be checked, by skill id.
 */
async function uncheckedSources(
  context: RunContext,
  known: LockedManifest,
  ids: ReadonlySet<string>,
): Promise<[string, EdenError][]> {
  const registries = await checkLockedSources(context, known, ids);
  if (known.locked.collections.length === 0) return [...registries];
  const { checkMembers } = await import("./check-members.js");
  return [...registries, ...(await checkMembers(context, known.locked, known.lockfile, ids))];
}

/**
 * A run of single skills, and one that restores an earlier state, takes its collections as locked; a
 * run of groups looks up the collections of these groups.
 */
async function withCollections(context: RunContext, job: Job, lockfile: Lockfile): Promise<Manifest> {
  const { manifest, scope } = job;
  const { frozen, ids, groups } = context.settings;
  const isLimited = scope !== "all" && (ids.length > 0 || groups.length === 0);
  const isLocked = frozen || isLimited || job.lockfile !== undefined;
  if (isLocked || manifest.collections.length === 0) return manifest;
  const { resolveCollections } = await import("./resolve-collections.js");
  const complete = await resolveCollections(context, manifest, lockfile);
  if (complete !== manifest) requireApart(complete.skills, complete.skills);
  return complete;
}

/** The selected skills, and those that were just found in collections. */
function idsOf({ manifest, selected }: Job, complete: Manifest): Set<string> {
  const known = new Set(manifest.skills.map(({ id }) => id));
  const added = complete.skills.filter(({ id }) => !known.has(id));
  return new Set([...selected, ...added].map(({ id }) => id));
}

function reportBeginning({ clock, startedAt, concurrency, limiter, emit }: RunContext, { reactor }: Manifest): void {
  emit({
    type: "run-started",
    at: 0,
    startedAt,
    concurrency,
    minimum: Math.min(reactor.minConcurrency, limiter.maxPermits),
    descriptorLimit: descriptorLimit(),
  });
  emit({ type: "phase-started", at: clock.now(), phase: "sync" });
}
