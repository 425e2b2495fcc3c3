import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { RunContext } from "../run/run-context.js";
import { planSkill } from "../deploy/plan-machine.js";
import { lacksFacts } from "../policy/commit-rules.js";
import { openStore } from "../store/store.js";
import { cachedSkill, checkIntegrity } from "../sync/cached-skill.js";
import { isFixed } from "../sync/resolve-commits.js";
import type { SyncPlan } from "../sync/sync-plan.js";
import type { SyncResult } from "../sync/sync-result.js";
import type { Machine } from "../workspace/machine.js";
import { pinsOf, versionElsewhere } from "../workspace/pins.js";
import { sitePinsOf } from "../workspace/site-pins.js";
import { hasCopies } from "../workspace/target-mode.js";
import type { Looked } from "./look.js";

/**
 * Plans the work of Phase A. Skills that are pinned and in the store need none, without git and
 * network; refused skills have failed.
 * @param compared ids of skills whose pinned content is compared with the new one; nothing is
 *   installed then. Without it, pinned content is wanted that an update may have to keep.
 */
export function planSync(
  { settings, host }: RunContext,
  { machine, selected, refused, pinned, before, replaced }: Looked,
  compared?: ReadonlySet<string>,
): SyncPlan {
  const keep = compared ?? (settings.update && !settings.force ? edited(machine, selected) : new Set());
  const { manifest } = machine;
  const store = openStore(manifest.storageRoot);
  const { skills: entries } = machine.found.lockfile;
  const pins = pinsOf(manifest, machine.found.lockfile);
  // Pins that are to be moved do not determine the new content.
  const binding = settings.update ? [] : [...pins].map(([id, { integrity }]) => [id, integrity] as const);
  const recorded = settings.frozen ? entries.map(({ id, integrity }) => [id, integrity] as const) : [];
  const integrities = new Map([...recorded, ...binding]);
  const known = new Map<string, SyncResult>();
  const pending: ManifestSkill[] = [];
  const entryOf = new Map(entries.map((entry) => [entry.id, entry]));
  // The lockfile has every skill; what this machine does not have is only resolved.
  const isMoving = (skill: ManifestSkill) => settings.update && !isFixed(skill) && !machine.development.has(skill.id);
  const isNeeded = (skill: ManifestSkill) =>
    skill.isHere || (!settings.frozen && (isMoving(skill) || versionElsewhere(skill, entryOf.get(skill.id)) === null));
  for (const skill of selected.filter((one) => one.enabled && isNeeded(one))) {
    const error = refused.get(skill.id);
    const pin = pins.get(skill.id);
    const isOpen = isMoving(skill) || (pin !== undefined && lacksFacts(manifest, host.home, pin.commit));
    const cached = isOpen ? null : cachedSkill(store, skill, pin);
    if (error !== undefined) known.set(skill.id, { error });
    else if (cached === null) pending.push(skill);
    else {
      const locked = { integrity: integrities.get(skill.id), prove: settings.frozen };
      known.set(skill.id, checkIntegrity(store, skill, cached, locked));
    }
  }
  const renamed = new Map(
    entries.flatMap(({ id, tree, alias: name, installedIntegrity: integrity }) =>
      name === undefined || integrity === undefined ? [] : [[id, { tree, name, integrity }] as const],
    ),
  );
  const sites = new Map([...sitePinsOf(manifest, machine.found.lockfile)].filter(([id]) => !replaced.has(id)));
  const replaceable = new Map(before.skills.flatMap(({ id, site }) => (site === undefined ? [] : [[id, site.tree]])));
  const kept = new Map([...pinned].filter(([id]) => keep.has(id)));
  const isComparison = compared !== undefined;
  return { manifest, known, pending, pins, sites, replaceable, integrities, renamed, kept, isComparison };
}

/** Skills with an edited copy. */
function edited(machine: Machine, selected: readonly ManifestSkill[]): Set<string> {
  const isEdited = (skill: ManifestSkill) =>
    hasCopies(machine.manifest, machine.home, skill) && planSkill(machine, skill, null).some((item) => item.isEdited);
  return new Set(selected.filter(isEdited).map(({ id }) => id));
}
