import { EDITED } from "../plan/decide.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { SkillVersion } from "../run/events.js";
import { emitTarget } from "../deploy/install-all.js";
import type { Machine } from "../workspace/machine.js";
import { pinsOf } from "../workspace/pins.js";
import { planSkill } from "../deploy/plan-machine.js";
import type { ApplyInput, Run } from "../run/run-context.js";
import { hasCopies } from "../workspace/target-mode.js";
import { AT_ONCE } from "../sync/sync-all.js";
import { syncRun } from "../sync/sync-run.js";
import type { SyncResult } from "../sync/sync-result.js";
import { openStore } from "../store/store.js";

/**
 * Before the install of an update: a skill with an edited copy among its targets goes back to what is pinned, in all of them, so that the
 * lockfile does not name what could not be installed. The conflict itself is told by the install.
 * @param versions what was synced; changed in place. A skill whose pinned content cannot be had is left out, and told.
 */
export async function holdEdited(
  input: ApplyInput,
  run: Run,
  machine: Machine,
  versions: Map<string, SkillVersion>,
): Promise<void> {
  if (input.options.force === true) return;
  holdReleases(input, run, machine, versions);
  const pins = pinsOf(input.manifest, machine.found.lockfile);
  const edited = input.selected.filter((skill) => {
    const version = versions.get(skill.id);
    return version !== undefined && isEdited(machine, skill, pins.get(skill.id), version);
  });
  const brought = await bringPinned(input, edited, pins);
  for (const { id } of edited) {
    const [pin, result] = [pins.get(id), brought.get(id)];
    if (pin === undefined) continue;
    if (result === undefined || "synced" in result) {
      versions.set(id, pin);
      run.emit({ type: "pin-kept", at: run.clock.now(), skill: id, content: pin });
      continue;
    }
    versions.delete(id);
    const { code, message, facts } = result.error;
    const about = { code, stage: facts.stage ?? "fetch", message, hint: facts.hint ?? null };
    run.emit({ type: "notice", at: run.clock.now(), skill: id, severity: "error", ...about });
  }
}

/**
 * The same for skills of registries: their entries in the lockfile name another version's repository and ref, so that the manifest has no pin to go
 * back to. Entry and targets stay as they are, and what is edited is told as the conflict it is.
 */
function holdReleases({ selected }: ApplyInput, run: Run, machine: Machine, versions: Map<string, SkillVersion>): void {
  const locked = new Map(machine.found.lockfile.skills.map((entry) => [entry.id, entry]));
  for (const skill of selected) {
    const [entry, version] = [locked.get(skill.id), versions.get(skill.id)];
    const isRelease = skill.source.kind === "repository" && skill.source.release !== undefined;
    if (!isRelease || entry === undefined || version === undefined) continue;
    const pin = { commit: entry.resolvedCommit, tree: entry.tree, integrity: entry.integrity };
    if (pin.commit === "" || !isEdited(machine, skill, pin, version)) continue;
    versions.delete(skill.id);
    run.emit({ type: "pin-kept", at: run.clock.now(), skill: skill.id, content: pin });
    for (const item of planSkill(machine, skill, version))
      if (item.reasons.includes(EDITED)) emitTarget(run, item, "conflict", item.reasons, null);
  }
}

/** True when a pin would be moved and a copy of the skill is not what we put there. */
export function isEdited(
  machine: Machine,
  skill: ManifestSkill,
  pin: SkillVersion | undefined,
  version: SkillVersion,
): boolean {
  if (pin === undefined || pin.commit === version.commit || !hasCopies(machine.manifest, machine.home, skill))
    return false;
  return planSkill(machine, skill, version).some(({ reasons }) => reasons.includes(EDITED));
}

/** Brings what is pinned into the store where it is not there. @returns a result for each skill that was brought. */
export async function bringPinned(
  input: ApplyInput,
  skills: readonly ManifestSkill[],
  pins: ReadonlyMap<string, SkillVersion>,
): Promise<ReadonlyMap<string, SyncResult>> {
  const selected = skills.filter(({ id }) => {
    const pin = pins.get(id);
    return pin !== undefined && openStore(input.manifest.storageRoot).readyEntry(pin.tree, id) === null;
  });
  if (selected.length === 0) return new Map();
  const options = { ...input.options, update: false };
  const quiet = { ...input, selected, options, notices: [], emit: () => {} };
  return (await syncRun(quiet, AT_ONCE)).results;
}
