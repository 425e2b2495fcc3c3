import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Manifest, ManifestSkill } from "../manifest/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import type { Limiter } from "../reactor/limiter.js";
import { asEdenError } from "../reactor/run-tasks.js";
import { writeState, type MachineState } from "../store/state.js";
import { writeByRename } from "../system/files.js";
import { acquireLock } from "../system/lock.js";
import type { SkillVersion } from "./events.js";
import { installPhase, leftovers } from "./install-phase.js";
import { lockfileText, lookAtMachine, nextState, planRemovals, planSkill, type Machine } from "./machine.js";
import { isInstalled, nextLockfile } from "./pins.js";
import type { ApplyInput, Run } from "./run-context.js";

/**
 * Plan, Phase B, then the lockfile. Nothing is written, and no lock taken, when there is nothing to do. What goes wrong outside of a
 * single target is an error of the run, told as a notice.
 */
export async function installAll(
  input: ApplyInput,
  run: Run,
  machine: Machine,
  limiter: Limiter,
  versions: ReadonlyMap<string, SkillVersion>,
): Promise<void> {
  try {
    await install(input, run, machine, limiter, versions);
  } catch (error) {
    const { code, message, facts } = asEdenError(error);
    const about = { stage: facts.stage ?? "install", message, hint: facts.hint ?? null };
    run.emit({ type: "notice", at: run.clock.now(), skill: null, severity: "error", code, ...about });
  }
}

async function install(
  input: ApplyInput,
  run: Run,
  machine: Machine,
  limiter: Limiter,
  versions: ReadonlyMap<string, SkillVersion>,
): Promise<void> {
  const { manifest, selected, options, host } = input;
  const { items, left } = planAll(input, run, machine, versions);
  const work = items.filter(({ action }) => action !== "noop" && action !== "conflict");
  for (const item of items) {
    if (!work.includes(item)) emitUntouched(run, item, item.action === "conflict" ? "conflict" : "done", item.reasons);
  }
  const settled = new Set(items.filter(({ action }) => action === "noop"));
  const dirty = dirtyDirectories(selected);
  const isFrozen = options.frozen === true;
  const textFor = ({ found }: Machine) =>
    isFrozen ? found.text : lockfileText(manifest, host.home, nextLockfile(manifest, found.lockfile, versions));
  // Another process may have been faster: what was read before the lock was taken is read again under it.
  const lookAgain = () => lookAtMachine(manifest, host.home, options.force ?? false);
  if (work.length === 0 && dirty.length === 0) {
    const state = nextState(machine, items, settled, left);
    if (textFor(machine) === machine.found.text && isDeepStrictEqual(state.targets, machine.state.targets)) return;
    await locked(manifest, run, () => {
      const now = lookAgain();
      record(now, nextState(now, items, settled, left), textFor(now));
    });
    return;
  }
  run.emit({ type: "phase-started", at: run.clock.now(), phase: "install" });
  await locked(manifest, run, async () => {
    const now = lookAgain();
    writeState(manifest.storageRoot, nextState(now, work, null, []));
    const world = { manifest, plan: now.plan, backupTime: input.clock.date().toISOString().replaceAll(":", "-") };
    const skills = new Map(selected.map((skill) => [skill.id, skill]));
    const results = await installPhase(world, work, dirty, skills, { ...run, limiter });
    for (const [index, item] of work.entries()) if (results[index]?.status === "done") settled.add(item);
    record(now, nextState(now, items, settled, left), run.signal.aborted ? now.found.text : textFor(now));
  });
  run.emit({ type: "phase-ended", at: run.clock.now(), phase: "install" });
}

/** What is to be done to every target of this run; and the targets that nobody wants but that are not ours. */
function planAll(
  { selected, options }: ApplyInput,
  run: Run,
  machine: Machine,
  versions: ReadonlyMap<string, SkillVersion>,
): { items: PlanItem[]; left: string[] } {
  const removals = planRemovals(machine, selected, (options.ids ?? []).length === 0);
  for (const { skillId, path, reason } of removals.left) {
    const about = {
      code: "TARGET_CONFLICT",
      stage: "install",
      message: `${path} is left alone: ${reason}`,
      hint: null,
    };
    run.emit({ type: "notice", at: run.clock.now(), skill: skillId, severity: "info", ...about });
  }
  return {
    items: [...plannedItems(machine, selected, versions), ...removals.items],
    left: removals.left.map(({ path }) => path),
  };
}

/** Target directories in which a process that was killed left something. */
function dirtyDirectories(selected: readonly ManifestSkill[]): string[] {
  const roots = selected.filter(isInstalled).flatMap(({ targets }) => targets.map(({ path }) => dirname(path)));
  return [...new Set(roots)].filter((root) => leftovers(root).length > 0);
}

/** Writes state and lockfile where they differ from what is on disk; call it with the manifest's lock held. */
function record({ manifest, found }: Machine, state: MachineState, text: string | null): void {
  writeState(manifest.storageRoot, state);
  if (text !== null && text !== found.text) writeByRename(manifest.lockfilePath, text);
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
async function locked(manifest: Manifest, run: Run, work: () => void | Promise<void>): Promise<void> {
  const name = createHash("sha256").update(manifest.path).digest("hex").slice(0, 32);
  const release = await acquireLock(join(manifest.storageRoot, "locks", `manifest-${name}.lock`), {
    clock: run.clock,
    signal: run.signal,
    onWait: ({ pid }) => run.emit({ type: "waiting", at: run.clock.now(), for: manifest.path, pid }),
  });
  try {
    await work();
  } finally {
    release();
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
  for (const item of plannedItems(machine, selected, versions)) emitUntouched(run, item, "cancelled", [reason]);
}

function emitUntouched(
  run: Run,
  { skillId, agents, targetPath, action }: PlanItem,
  status: "done" | "conflict" | "cancelled",
  reasons: string[],
): void {
  const at = run.clock.now();
  run.emit({
    type: "target-ended",
    at,
    skill: skillId,
    agents,
    path: targetPath,
    action,
    status,
    reasons,
    startedMs: at,
    error: null,
  });
}
