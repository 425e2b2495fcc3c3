import { isDeepStrictEqual } from "node:util";
import type { PlanItem } from "../plan/plan.js";
import type { RunContext } from "../run/run-context.js";
import type { MachineState } from "../store/state.js";
import { giveToOwner } from "../system/give-to-owner.js";
import { openRecords } from "../store/records.js";
import type { Machine } from "../workspace/machine.js";
import { lockfileText } from "../workspace/read-lockfile.js";
import { nextLockfile } from "../workspace/pins.js";
import { isIdle } from "./install-all.js";
import type { InstallResult } from "./install-target.js";
import type { CompletedInstalls } from "./completed-installs.js";
import { isInHistory, appendHistory } from "./append-history.js";
import { updateGitignore } from "./update-gitignore.js";
import { nextState } from "./next-state.js";
import type { PlannedInstalls } from "./plan-installs.js";
import { planRemovals } from "./plan-machine.js";
import { reportLeft } from "./report-targets.js";
import { replaceLockfile } from "./replace-lockfile.js";

/**
 * Writes the records after Phase B: `.gitignore`, state, lockfile, history. Call it with the
 * manifest's lock held.
 */
export async function record(context: RunContext, installed: CompletedInstalls): Promise<void> {
  const { plan, machine, results } = installed;
  const { manifest, home, found } = machine;
  // Planned again: without the lock, another process may have been in the middle of a swap.
  const { left, forget } = planRemovals(machine, plan.scope, plan.former);
  reportLeft(context, plan, left);
  const state = stateAfter(installed, forget);
  await updateGitignore(context, manifest, targetsOf(installed, state));
  const isInterrupted = context.signal.aborted;
  const after = isInterrupted ? found.text : await writtenText(context, plan, machine);
  openRecords(manifest).states.write(state);
  const { root, recordsRoot } = manifest;
  if (root !== undefined) giveToOwner(root.at(root.home), [recordsRoot, ...donePaths(results)]);
  if (after !== null && after !== found.text) replaceLockfile(context, manifest, after);
  const changed = plan.work.filter((item) => results.get(item)?.status === "done");
  appendHistory(context, { manifest, home, before: found.text, after, items: plan.items, changed });
}

/** The records that a plan without work still has to write. */
export function missingRecords(context: RunContext, plan: PlannedInstalls): "all" | "history" | "none" {
  const { machine } = plan;
  const state = stateAfter({ plan, machine, results: new Map() }, plan.forget);
  const isCurrent =
    isIdle(plan) &&
    machine.isRecorded &&
    isDeepStrictEqual({ ...state.targets }, { ...machine.state.targets }) &&
    isDeepStrictEqual({ ...state.remote }, { ...machine.state.remote }) &&
    nextText(context, plan, machine) === machine.found.text;
  if (!isCurrent) return "all";
  return isInHistory(machine.manifest, machine.found.text) ? "none" : "history";
}

/**
 * Reports what stays, and brings the `.gitignore` of the target directories up to date, after a run
 * that had nothing else to write.
 */
export async function recordUnchanged(context: RunContext, plan: PlannedInstalls): Promise<void> {
  const { machine } = plan;
  reportLeft(context, plan, plan.left);
  const targets = targetsOf({ plan, machine, results: new Map() }, machine.state);
  await updateGitignore(context, machine.manifest, targets);
}

function stateAfter({ plan, machine, results }: CompletedInstalls, forget: readonly string[]): MachineState {
  const ended = plan.items.map((item) => results.get(item)?.item ?? item);
  const done = new Set([...results.values()].filter(({ status }) => status === "done").map(({ item }) => item));
  return nextState(machine, ended, done, forget);
}

function nextText({ settings }: RunContext, { scope, versions }: PlannedInstalls, { manifest, home, found }: Machine) {
  if (settings.frozen) return found.text;
  return lockfileText(manifest, home, nextLockfile(manifest, found.lockfile, versions, scope));
}

/** The same with the capabilities of what is new, if there is anything to write. */
async function writtenText(context: RunContext, plan: PlannedInstalls, machine: Machine): Promise<string | null> {
  const { manifest, home, found } = machine;
  const text = nextText(context, plan, machine);
  if (text === found.text) return text;
  const { withCapabilities } = await import("./lock-capabilities.js");
  const next = nextLockfile(manifest, found.lockfile, plan.versions, plan.scope);
  return lockfileText(manifest, home, await withCapabilities(manifest, found.lockfile, next));
}

/** Targets that are ours after a run, and those that were or may have been ours before. */
function targetsOf({ plan, results }: CompletedInstalls, state: MachineState) {
  const foreign = foreignPaths(results);
  const ours = Object.keys(state.targets).filter((path) => !foreign.has(path));
  const before = Object.keys(plan.machine.state.targets);
  const others = [...before, ...localPaths(plan.items), ...foreign];
  return { ours: new Set(ours), others: new Set(others) };
}

/** Paths with entries of the user; an edited copy of ours does not count. */
function foreignPaths(results: ReadonlyMap<PlanItem, InstallResult>): Set<string> {
  const conflicts = [...results.values()].filter(({ item, status }) => status === "conflict" && !item.isEdited);
  return new Set(localPaths(conflicts.map(({ item }) => item)));
}

function donePaths(results: ReadonlyMap<PlanItem, InstallResult>): string[] {
  return [...results.values()].flatMap(({ item, status }) => (status === "done" ? item.targetPath : []));
}

function localPaths(items: readonly PlanItem[]): string[] {
  return items.filter(({ environment }) => environment.kind === "local").map(({ targetPath }) => targetPath);
}
