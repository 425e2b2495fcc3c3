import type { EdenError } from "../errors.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import { asEdenError } from "../reactor/task-failure.js";
import type { SkillVersion } from "../run/events.js";
import { conflictsAmong, tellConflicts } from "./install-all.js";
import type { Machine } from "../workspace/machine.js";
import type { ApplyInput, BeforeInstall, Run } from "../run/run-context.js";

/** True for what is wrong with a skill itself: any other failure may be gone the next time. */
export function isFaultOfSkill({ code }: EdenError): boolean {
  return code === "SKILL_UNSAFE";
}

/**
 * What goes on to Phase B in a run that changes its manifest first: everything or nothing, or what can be installed.
 * @returns the run as it goes on, with the manifest that was written; null when nothing does. What stands in the way is reported then.
 */
export async function whatGoesOn(
  input: ApplyInput,
  run: Run,
  machine: Machine,
  versions: ReadonlyMap<string, SkillVersion>,
  before: BeforeInstall,
): Promise<ApplyInput | null> {
  const { selected } = input;
  const blocked = conflictsAmong(machine, selected, versions);
  if (!before.isLenient && blocked.size > 0) {
    tellConflicts(run, machine, selected, versions, "another skill's target is in conflict, and nothing was installed");
    return null;
  }
  const isBlocked = ({ id }: ManifestSkill) => blocked.has(id);
  tellConflicts(run, machine, selected.filter(isBlocked), versions, "another target of this skill is in conflict");
  const kept = selected.filter((skill) => versions.has(skill.id) && !isBlocked(skill));
  if (kept.length === 0) return null;
  const ids = kept.map(({ id }) => id);
  try {
    const written = await before.write(ids);
    if (kept.length === selected.length) return input;
    // Skills of registries are known with their repositories here; one that was left out is what it was before.
    const known = new Map(input.manifest.skills.map((skill) => [skill.id, skill]));
    const left = new Set(selected.filter((skill) => !kept.includes(skill)).map(({ id }) => id));
    const skills = written.skills.map((skill) => (left.has(skill.id) ? skill : (known.get(skill.id) ?? skill)));
    return { ...input, manifest: { ...written, skills }, selected: kept, scope: new Set(ids) };
  } catch (error) {
    const { code, message, facts } = asEdenError(error);
    const about = { stage: facts.stage ?? "manifest", message, hint: facts.hint ?? null };
    run.emit({ type: "notice", at: run.clock.now(), skill: null, severity: "error", code, ...about });
    return null;
  }
}
