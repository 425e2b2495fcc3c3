import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { EDITED } from "../plan/decide.js";
import type { PlanItem } from "../plan/plan.js";
import { asEdenError, cancellation } from "../reactor/task-failure.js";
import type { MachineState } from "../store/state.js";
import { readBytesIfExists } from "../system/read-files.js";
import type { SkillVersion, TargetStatus } from "../run/events.js";
import { damageOf } from "./frozen-damage.js";
import { leftovers } from "../targets/interrupted-swap.js";
import { installPhase, type InstallLimits } from "./install-phase.js";
import { isInHistory, keepHistory, warnOfHistory } from "./keep-history.js";
import { keepIgnored } from "./keep-ignored.js";
import type { InstallResult } from "./install-target.js";
import { lockfileText, lookAtMachine, type Machine } from "../workspace/machine.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import { nextState } from "./next-state.js";
import { isInstalled, nextLockfile } from "../workspace/pins.js";
import { planRemovals, planSkill, type LeftTarget } from "./plan-machine.js";
import { replaceLockfile } from "./replace-lockfile.js";
import type { ApplyInput, Run } from "../run/run-context.js";
import { sha256Hex } from "../system/sha256.js";
import { openStore } from "../store/store.js";

/**
 * Plan, Phase B, then the lockfile. Nothing is written, and no lock taken, when there is nothing to do. What goes wrong outside of a
 * single target is an error of the run; the targets that were not reached are told as cancelled or failed, never left out.
 */
export async function installAll(
  input: ApplyInput,
  run: Run,
  machine: Machine,
  limits: InstallLimits,
  versions: ReadonlyMap<string, SkillVersion>,
): Promise<void> {
  const open = new Set<PlanItem>();
  try {
    await install(input, run, machine, limits, versions, open);
  } catch (caught) {
    const error = run.signal.aborted ? cancellation(run.signal.reason) : asEdenError(caught);
    for (const item of open) emitTarget(run, item, run.signal.aborted ? "cancelled" : "failed", item.reasons, null);
    if (run.signal.aborted) return;
    const about = { stage: error.facts.stage ?? "install", message: error.message, hint: error.facts.hint ?? null };
    run.emit({ type: "notice", at: run.clock.now(), skill: null, severity: "error", code: error.code, ...about });
  }
}

async function install(
  input: ApplyInput,
  run: Run,
  machine: Machine,
  limits: InstallLimits,
  versions: ReadonlyMap<string, SkillVersion>,
  open: Set<PlanItem>,
): Promise<void> {
  const { manifest, selected, scope, options, host } = input;
  const removals = planRemovals(machine, scope, input.former);
  for (const left of removals.left) tellLeftAlone(run, left);
  const items = [...plannedItems(machine, selected, versions), ...removals.items];
  const work = items.filter((item) => isWork(item));
  for (const item of items) if (!isWork(item)) tellUntouched(run, item);
  for (const item of work) open.add(item);
  const dirty = dirtyDirectories(selected);
  const textFor = ({ found }: Machine) => {
    if (options.frozen === true) return found.text;
    return lockfileText(manifest, host.home, nextLockfile(manifest, found.lockfile, versions, scope));
  };
  const results = new Map<PlanItem, InstallResult>();
  const stateFor = (now: Machine) => {
    const ended = items.map((item) => results.get(item)?.item ?? item);
    const done = new Set([...results.values()].filter(isDone).map(({ item }) => item));
    return nextState(now, ended, done, removals.forget);
  };
  // Another process may have been faster: what was read before the lock was taken is read again under it.
  const lookAgain = () => {
    requireSameManifest(manifest);
    return lookAtMachine(manifest, host.home, options.force ?? false);
  };
  const recordAll = (now: Machine) => {
    const after = run.signal.aborted ? now.found.text : textFor(now);
    record(run, now, stateFor(now), after);
    const changed = work.filter((item) => isDone(results.get(item)));
    keepHistory(run, { manifest, home: host.home, before: now.found.text, after, items, changed });
  };
  const ourTargets = (state: MachineState, foreign: ReadonlySet<string>) => {
    const ours = new Set(Object.keys(state.targets).filter((path) => !foreign.has(path)));
    const others = [...Object.keys(machine.state.targets), ...items.map(({ targetPath }) => targetPath), ...foreign];
    return { ours, others: new Set(others) };
  };
  if (work.length === 0 && dirty.length === 0) {
    await keepIgnored(ourTargets(stateFor(machine), new Set()), run, input);
    const isRecorded = isDeepStrictEqual({ ...stateFor(machine).targets }, { ...machine.state.targets });
    const isUnchanged = machine.isRecorded && isRecorded && textFor(machine) === machine.found.text;
    if (isUnchanged && isInHistory(manifest, machine.found.text)) return;
    try {
      await lockManifest(manifest, run, () => recordAll(lookAgain()));
    } catch (error) {
      if (!isUnchanged || run.signal.aborted) throw error;
      // A comment in the manifest, say, on a storage that cannot be written.
      warnOfHistory(run, error);
    }
    return;
  }
  run.emit({ type: "phase-started", at: run.clock.now(), phase: "install" });
  try {
    await lockManifest(manifest, run, async () => {
      const now = lookAgain();
      openStore(manifest.storageRoot).states.write(nextState(now, work, null, []));
      const world = {
        manifest,
        home: host.home,
        plan: now.plan,
        damage: (item: PlanItem) => (options.frozen === true ? damageOf(now, item) : null),
        backupTime: input.clock.date().toISOString().replaceAll(":", "-"),
      };
      const skills = new Map(selected.map((skill) => [skill.id, skill]));
      for (const [item, result] of await installPhase(world, work, dirty, skills, { ...run, ...limits })) {
        results.set(item, result);
        open.delete(item);
      }
      await keepIgnored(ourTargets(stateFor(now), foreignPaths(results)), run, input);
      recordAll(now);
    });
  } finally {
    run.emit({ type: "phase-ended", at: run.clock.now(), phase: "install" });
  }
}

/** Where something of the user's stands; an edited copy of ours is none. */
function foreignPaths(results: ReadonlyMap<PlanItem, InstallResult>): Set<string> {
  const conflicts = [...results.values()].filter(
    ({ item, status }) => status === "conflict" && !item.reasons.includes(EDITED),
  );
  return new Set(conflicts.map(({ item }) => item.targetPath));
}

function isDone(result: InstallResult | undefined): result is InstallResult {
  return result?.status === "done";
}

/**
 * What is to be looked at again under the locks. A conflict, too: this look was without any, so it may have met another process of ours in
 * the middle of a swap.
 */
function isWork({ action, environment, failure }: PlanItem): boolean {
  return action !== "noop" && failure === null && environment.kind === "local";
}

/** Targets that need no work: as they should be, not to be looked at, or out of this version's reach. */
function tellUntouched(run: Run, item: PlanItem): void {
  const { environment, failure, reasons } = item;
  if (environment.kind !== "local") {
    const message = `this version cannot install into a ${environment.kind} target yet`;
    emitTarget(run, item, "failed", reasons, new EdenError("ADAPTER_HEALTH_FAIL", message, { stage: "install" }));
  } else emitTarget(run, item, statusOf(item), reasons, failure);
}

/** How a target ends that is left as it is. */
function statusOf({ action, failure }: PlanItem): TargetStatus {
  if (failure !== null && failure.code !== "TARGET_CONFLICT") return "failed";
  return action === "conflict" ? "conflict" : "done";
}

function tellLeftAlone(run: Run, { skillId: skill, path, reason, code }: LeftTarget): void {
  const about = { code, stage: "install", message: `${path} is left alone: ${reason}`, hint: null };
  run.emit({ type: "notice", at: run.clock.now(), skill, severity: "info", ...about });
}

/** @throws EdenError `MANIFEST_CHANGED` when the manifest is no longer what this run was planned from. */
function requireSameManifest(manifest: Manifest): void {
  const bytes = readBytesIfExists(manifest.path);
  if (bytes !== null && sha256Hex(bytes) === manifest.digest) return;
  throw new EdenError("MANIFEST_CHANGED", `${manifest.path} was changed while this run was at work`, {
    stage: "install",
    hint: "Run the command again.",
  });
}

/** Target directories in which a process that was killed left something. */
function dirtyDirectories(selected: readonly ManifestSkill[]): string[] {
  const targets = selected.filter(isInstalled).flatMap((skill) => skill.targets);
  const roots = targets.filter(({ environment }) => environment.kind === "local").map(({ path }) => dirname(path));
  return [...new Set(roots)].filter((root) => leftovers(root).length > 0);
}

/** Writes state and lockfile where they differ from what is on disk; call it with the manifest's lock held. */
function record(run: Run, { manifest, home, found }: Machine, state: MachineState, text: string | null): void {
  openStore(manifest.storageRoot).states.write(state);
  if (text !== null && text !== found.text) replaceLockfile(run, manifest, home, text);
}

function plannedItems(
  machine: Machine,
  selected: readonly ManifestSkill[],
  versions: ReadonlyMap<string, SkillVersion>,
): PlanItem[] {
  return selected.flatMap((skill) => {
    const version = versions.get(skill.id);
    return version === undefined ? [] : planSkill(machine, skill, version);
  });
}

/** Only one process at a time changes what belongs to a manifest. */
export async function lockManifest(manifest: Manifest, run: Run, work: () => void | Promise<void>): Promise<void> {
  await withManifestLock(
    manifest,
    { ...run, onWait: ({ pid }) => run.emit({ type: "waiting", at: run.clock.now(), for: manifest.path, pid }) },
    work,
  );
}

/** The ids of skills with a target that something stands in the way of. */
export function conflictsAmong(
  machine: Machine,
  selected: readonly ManifestSkill[],
  versions: ReadonlyMap<string, SkillVersion>,
): Set<string> {
  const items = plannedItems(machine, selected, versions);
  return new Set(items.filter(({ action }) => action === "conflict").map(({ skillId }) => skillId));
}

/** Reports the targets of these skills, none of which is installed. @param why the others of them are not, either. */
export function tellConflicts(
  run: Run,
  machine: Machine,
  selected: readonly ManifestSkill[],
  versions: ReadonlyMap<string, SkillVersion>,
  why: string,
): void {
  const reasons = [why];
  for (const item of plannedItems(machine, selected, versions)) {
    if (item.action === "noop") emitTarget(run, item, "done", [], null);
    else if (item.action !== "conflict") emitTarget(run, item, "cancelled", reasons, null);
    else emitTarget(run, item, statusOf(item), item.reasons, item.failure);
  }
}

/** Nothing is installed: whatever had synced is reported as cancelled, with the reason. */
export function cancelAll(
  run: Run,
  machine: Machine,
  selected: readonly ManifestSkill[],
  versions: ReadonlyMap<string, SkillVersion>,
  reason: string,
): void {
  for (const item of plannedItems(machine, selected, versions)) emitTarget(run, item, "cancelled", [reason], null);
}

/** Tells how one target ended. */
export function emitTarget(
  run: Run,
  { skillId, agents, targetPath, action }: PlanItem,
  status: TargetStatus,
  reasons: string[],
  error: EdenError | null,
): void {
  const at = run.clock.now();
  const about = { skill: skillId, agents, path: targetPath, action, status, reasons, startedMs: at, error };
  run.emit({ type: "target-ended", at, ...about });
}
