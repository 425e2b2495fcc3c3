import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { SkillVersion } from "../run/events.js";
import { errorNotice } from "../run/notice.js";
import type { RunContext } from "../run/run-context.js";
import { planSkill } from "../deploy/plan-machine.js";
import { reportTarget } from "../deploy/report-targets.js";
import type { Machine } from "../workspace/machine.js";
import { pinsOf } from "../workspace/pins.js";
import { hasCopies } from "../workspace/target-mode.js";
import type { Synced } from "./synced.js";

/**
 * Holds back skills that an update must not move: a skill with an edited copy among its targets
 * returns to its pin, in all targets, so that the lockfile does not name content that could not be
 * installed. The install reports the conflict itself.
 * @param versions the synced skills.
 * @returns the skills to install. A skill whose pinned content is unavailable is left out, and
 *   reported.
 */
export function holdBack(
  context: RunContext,
  { machine, selected, results }: Synced,
  versions: ReadonlyMap<string, SkillVersion>,
): Map<string, SkillVersion> {
  const held = holdReleases(context, machine, selected, versions);
  const pins = pinsOf(machine.manifest, machine.found.lockfile);
  for (const skill of selected) {
    const [pin, version, result] = [pins.get(skill.id), held.get(skill.id), results.get(skill.id)];
    if (pin === undefined || version === undefined || !isEdited(machine, skill, pin, version)) continue;
    const lost = result !== undefined && "synced" in result ? result.synced.pinLost : undefined;
    if (lost === undefined) {
      held.set(skill.id, pin);
      context.emit({ type: "pin-kept", at: context.clock.now(), skill: skill.id, content: pin });
      continue;
    }
    held.delete(skill.id);
    context.notice({ ...errorNotice(lost, "fetch"), skill: skill.id });
  }
  return held;
}

/**
 * The same for skills of registries: their entries in the lockfile name the repository and ref of
 * another version, so the manifest has no pin to return to. Entry and targets stay unchanged, and
 * edited copies are reported as conflicts here.
 */
function holdReleases(
  context: RunContext,
  machine: Machine,
  selected: readonly ManifestSkill[],
  versions: ReadonlyMap<string, SkillVersion>,
): Map<string, SkillVersion> {
  const held = new Map(versions);
  const locked = new Map(machine.found.lockfile.skills.map((entry) => [entry.id, entry]));
  for (const skill of selected) {
    const [entry, version] = [locked.get(skill.id), versions.get(skill.id)];
    const isRelease = skill.source.kind === "repository" && skill.source.release !== undefined;
    if (!isRelease || entry === undefined || version === undefined) continue;
    const pin = { commit: entry.resolvedCommit, tree: entry.tree, integrity: entry.integrity };
    if (pin.commit === "" || !isEdited(machine, skill, pin, version)) continue;
    held.delete(skill.id);
    context.emit({ type: "pin-kept", at: context.clock.now(), skill: skill.id, content: pin });
    for (const item of planSkill(machine, skill, version))
      if (item.isEdited) reportTarget(context, item, { status: "conflict", reasons: item.reasons });
  }
  return held;
}

/** True if a pin would move and a copy of the skill was edited. */
export function isEdited(
  machine: Machine,
  skill: ManifestSkill,
  pin: SkillVersion | undefined,
  version: SkillVersion,
): boolean {
  if (pin === undefined || pin.commit === version.commit || !hasCopies(machine.manifest, machine.home, skill))
    return false;
  return planSkill(machine, skill, version).some((item) => item.isEdited);
}
