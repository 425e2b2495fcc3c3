import { posix } from "node:path";
import { EdenError } from "../errors.js";
import { describeEnvironment, type RemoteEnvironment } from "../manifest/targets/target-environment.js";
import { planTarget } from "../plan/assemble.js";
import { integritiesOf, type PlanItem } from "../plan/plan.js";
import { planRemoteRemoval } from "../plan/remote.js";
import { asEdenError } from "../reactor/task-failure.js";
import type { RunContext } from "../run/run-context.js";
import { contentFiles, type RemoteChange, type RemoteContent } from "../remote-targets/change.js";
import type { ChangeEnd } from "../remote-targets/connection.js";
import { recordText } from "../remote-targets/remote-record.js";
import type { RemoteTargets } from "../remote-targets/remote-targets.js";
import { bringsLitter, integrityOf } from "../store/integrity.js";
import { openStore } from "../store/store.js";
import type { Machine } from "../workspace/machine.js";
import type { RemoteItem } from "./remote-item.js";
import { damageOf } from "./frozen-damage.js";
import type { InstallResult } from "./install-target.js";

/** Looks at entries that another program keeps changing, before that is a conflict. */
const MOST_LOOKS = 3;

/**
 * Carries out the items of one container or host. Its targets are looked at again, and an entry is
 * replaced only while it is what was seen. Expected failures are results.
 * @param onEnd called for each item.
 * @throws the signal's reason.
 */
export async function installAtRemote(
  context: RunContext,
  machine: Machine,
  items: readonly RemoteItem[],
  onEnd: (item: PlanItem, result: InstallResult) => void,
): Promise<void> {
  const { remote } = machine;
  const [first] = items;
  if (remote === null || first === undefined) throw new EdenError("INTERNAL", "no container or host was looked at");
  let open = items;
  for (let look = 1; open.length > 0; look++) {
    context.signal.throwIfAborted();
    await remote.lookAgain(
      open.map(({ skillId, agents, environment, targetPath: path }) => ({ skillId, agents, environment, path })),
    );
    const changes: { planned: RemoteItem; item: PlanItem; change: RemoteChange }[] = [];
    for (const planned of open) {
      const prepared = prepare(context, machine, remote, planned);
      if ("status" in prepared) onEnd(planned, prepared);
      else changes.push({ planned, ...prepared });
    }
    open = [];
    if (changes.length === 0) return;
    const ends = await remote.connectionTo(first.environment).change(changes.map(({ change }) => change));
    for (const [index, { planned, item, change }] of changes.entries()) {
      const end = ends[index];
      if (end?.kind === "changed" && look < MOST_LOOKS) open = [...open, planned];
      else if (end !== undefined) onEnd(planned, resultOf(item, change, end));
    }
  }
}

/** The change of a target as it is now, or its result if there is nothing to change. */
function prepare(
  context: RunContext,
  machine: Machine,
  remote: RemoteTargets,
  planned: RemoteItem,
): InstallResult | { item: PlanItem; change: RemoteChange } {
  const again = planAgain(machine, planned);
  if (again === null || again.action === "noop")
    return { item: again ?? { ...planned, action: "noop" }, status: "done", error: null };
  try {
    const damage = context.settings.frozen ? damageOf(machine, again) : null;
    const failure = damage ?? again.failure;
    if (failure !== null) throw failure;
    if (again.action === "conflict") return { item: again, status: "conflict", error: null };
    return { item: again, change: changeOf(context, machine, remote, again as RemoteItem) };
  } catch (error) {
    return { item: again, status: "failed", error: asEdenError(error) };
  }
}

function planAgain({ facts }: Machine, planned: RemoteItem): PlanItem | null {
  const { environment, targetPath: path } = planned;
  if (planned.action !== "remove") return planTarget(facts, { ...planned, path });
  const rules = { reason: planned.reasons[0] ?? "", force: facts.force };
  const again = planRemoteRemoval(planned, facts.sightOf({ environment, path }), rules);
  if (!("left" in again)) return again;
  return again.left === null ? null : { ...planned, action: "conflict", reasons: [again.left] };
}

function changeOf({ startedAt }: RunContext, machine: Machine, remote: RemoteTargets, item: RemoteItem): RemoteChange {
  const { environment, targetPath: path, skillId, agents, backup } = item;
  const expected = remote.digestAt({ environment, path });
  if (expected === null) throw new EdenError("INTERNAL", `${path} was not looked at`);
  const time = startedAt.toISOString().replaceAll(":", "-");
  return {
    skill: posix.basename(path),
    directory: posix.dirname(path),
    expected,
    content: item.action === "remove" ? null : contentOf(machine, remote, item),
    backup: backup ? `~/.eden-skills/backups/${time}/${agents.toSorted()[0] ?? "custom"}/${skillId}` : null,
  };
}

/** @throws EdenError `INTEGRITY_MISMATCH` if the store entry was changed. */
function contentOf({ manifest, facts }: Machine, remote: RemoteTargets, item: RemoteItem): RemoteContent {
  const { desired, environment, targetPath: path, skillId: skill } = item;
  if (desired?.kind !== "store") throw new EdenError("INTERNAL", "nothing to install", { stage: "install" });
  const executables = openStore(manifest.storageRoot).readMarker(desired.tree)?.executables ?? [];
  const files = contentFiles(desired.path, bringsLitter(desired.path, desired), executables);
  const integrities = integritiesOf(desired);
  if (!integrities.includes(integrityOf(files)))
    throw new EdenError("INTEGRITY_MISMATCH", `the store entry ${desired.path} is not what was recorded`, {
      stage: "install",
      path: desired.path,
      hint: "Run `eden-skills repair`.",
    });
  const sight = facts.sightOf({ environment, path });
  const old = sight === null || sight instanceof EdenError ? [] : (sight.owned?.integrities ?? []);
  const record = { skill, manifest: remote.rules.owner };
  return {
    files,
    before: recordText({ ...record, integrities: [...new Set([...old, ...integrities])] }),
    after: recordText({ ...record, integrities }),
  };
}

/** What was read back must be the wanted content. */
function resultOf(item: PlanItem, { backup }: RemoteChange, end: ChangeEnd): InstallResult {
  if (end.kind === "failed") return { item, status: "failed", error: end.error };
  if (end.kind === "changed") {
    const reasons = ["changed while it was being replaced"];
    return { item: { ...item, action: "conflict", reasons }, status: "conflict", error: null };
  }
  const { observed } = end.entry;
  const { desired } = item;
  const isThere =
    desired === null
      ? observed.kind === "absent"
      : observed.kind === "directory" && observed.holds(integritiesOf(desired));
  if (!isThere) {
    const where = describeEnvironment(item.environment as RemoteEnvironment);
    const message = `${item.targetPath} in ${where} is not what was installed: another program changed it`;
    return { item, status: "failed", error: new EdenError("INTEGRITY_MISMATCH", message, { stage: "verify" }) };
  }
  const reasons = backup === null ? item.reasons : [...item.reasons, `backup: ${backup}`];
  return { item: { ...item, reasons }, status: "done", error: null };
}
