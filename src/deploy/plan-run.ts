import { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import { damagedItem } from "./frozen-damage.js";
import { lookAtMachine, withManifest } from "../workspace/machine.js";
import { planRemovals, planSkill } from "./plan-machine.js";
import { lockfileWarning } from "../workspace/notices.js";
import type { RunOptions } from "../run/options.js";
import { pinsOf, requireUpToDate } from "../workspace/pins.js";
import { lockedRegistrySkills } from "../registry/registry-skills.js";
import { scopeOf } from "../workspace/select.js";
import { cachedSkill } from "../sync/cached-skill.js";
import type { SkillVersion } from "../run/events.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { readSnapshot } from "../workspace/read-snapshot.js";
import { hasCopies } from "../workspace/target-mode.js";
import { openStore } from "../store/store.js";

/**
 * The plan without network: what is pinned and in the store is planned to its content, the rest as never synced.
 * @param lockfile as of `readLockfile`.
 */
export async function planRun(
  given: Manifest,
  chosen: readonly ManifestSkill[],
  options: RunOptions,
  home: string,
  lockfile?: string | null,
): Promise<PlanItem[]> {
  const looked = lookAtMachine(given, home, options.force ?? false, lockfile);
  for (const warning of lockfileWarning(given, looked.found)) options.warn?.(warning);
  const manifest = await lockedRegistrySkills(given, looked.found.lockfile, home);
  const machine = withManifest(looked, manifest);
  const ids = new Set(chosen.map(({ id }) => id));
  const selected = manifest.skills.filter(({ id }) => ids.has(id));
  if (options.frozen === true) requireUpToDate(machine);
  const store = openStore(manifest.storageRoot);
  const pins = pinsOf(manifest, machine.found.lockfile);
  let items = selected.flatMap((skill) => {
    const cached = cachedSkill(store, skill, pins.get(skill.id));
    const version =
      cached !== null && "synced" in cached ? cached.synced.version : snapshotVersion(manifest, home, skill);
    return planSkill(machine, skill, version);
  });
  if (options.frozen === true) items = items.map((item) => damagedItem(machine, item));
  return [...items, ...planRemovals(machine, scopeOf(selected, options)).items];
}

/** A copied directory is looked at as it is now. */
function snapshotVersion(manifest: Manifest, home: string, skill: ManifestSkill): SkillVersion | null {
  const { source } = skill;
  if (source.kind !== "directory" || !hasCopies(manifest, home, skill)) return null;
  try {
    const { tree, integrity } = readSnapshot(manifest.limits, directoryOf(source));
    return { commit: "", tree, integrity };
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}
