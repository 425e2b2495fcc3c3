import { sanitize } from "../errors.js";
import type { InstallMode, Manifest, ManifestSkill, ManifestTarget } from "../manifest/document/manifest.js";
import { placedBase } from "../manifest/names/expand-path.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { planRemoval, planTarget, type MachineFacts } from "../plan/assemble.js";
import type { Content, PlanItem } from "../plan/plan.js";
import { lstatIfExists, placeOf } from "../system/read-files.js";
import type { SkillVersion } from "../run/events.js";
import { sourcesOfLockfile, sourcesOfSkills } from "../workspace/local-sources.js";
import type { Machine } from "../workspace/machine.js";
import { developmentProblem } from "../workspace/development.js";
import { isInstalled } from "../workspace/pins.js";
import { isAbout, type RunScope } from "../run/scope.js";
import { SourcePlaces } from "../workspace/source-places.js";
import { copyReason, isLinkedLive, modeOfTarget } from "../workspace/target-mode.js";
import { openStore } from "../store/store.js";
import { planRemoteRemovals } from "./plan-remote-removals.js";
import { whyUnwanted, type LeftTarget, type Removals } from "./removals.js";

/**
 * The items for the targets of one skill; none if it is not to be installed. `version` is null if
 * it was never synced.
 */
export function planSkill(machine: Machine, skill: ManifestSkill, version: SkillVersion | null): PlanItem[] {
  if (!isInstalled(skill)) return [];
  const { manifest, home, links, facts } = machine;
  const linkText = ({ path, environment }: ManifestTarget, destination: string) =>
    environment.kind === "local" ? links.textFor(path, destination) : destination;
  // A run in the root of an image has no other places: reading the manifest has warned of them.
  const targets = skill.targets.filter(
    ({ environment }) => environment.kind === "local" || manifest.root === undefined,
  );
  return targets.map((target) => {
    // A clone is linked on this machine only.
    const development = target.environment.kind === "local" ? machine.development.get(skill.id) : undefined;
    const problem = development === undefined ? null : developmentProblem(skill.id, development);
    // A clone is only linked: a copy would not show its changes.
    const installMode = development === undefined ? modeOfTarget(manifest, home, skill, target) : "symlink";
    const desired =
      development === undefined
        ? desiredContent(manifest, skill, installMode, version)
        : ({ kind: "live", path: development.directory } as const);
    const item = planTarget(facts, {
      skillId: skill.id,
      ...target,
      installMode,
      copyReason: development === undefined ? copyReason(installMode, skill, target) : null,
      desired: desired === null ? null : { ...desired, link: linkText(target, desired.path) },
    });
    if (problem === null) return item;
    return { ...item, action: "conflict", reasons: [sanitize(problem.message)], failure: problem };
  });
}

function desiredContent(
  { storageRoot }: Manifest,
  skill: ManifestSkill,
  installMode: InstallMode,
  version: SkillVersion | null,
): Content | null {
  if (skill.source.kind === "directory" && isLinkedLive(skill) && installMode === "symlink")
    return { kind: "live", path: directoryOf(skill.source) };
  if (version === null || version.tree === "") return null;
  const store = openStore(storageRoot);
  const renamed = skill.alias === null ? null : store.renamedEntry(version.tree, skill.id, skill.alias);
  if (skill.alias !== null && renamed === null) return null;
  const { tree, integrity } = renamed ?? version;
  const marker = renamed ?? (installMode === "copy" ? store.readMarker(tree) : null);
  const path = store.entryDirectory(tree, skill.id);
  return { kind: "store", tree, integrity, otherIntegrities: marker?.otherIntegrities ?? [], path };
}

/**
 * Plans the targets that we installed on this machine and that the manifest no longer wants.
 * @param former skills that were just removed from the manifest: entries that stay at their targets
 *   are reported, too.
 */
export function planRemovals(machine: Machine, scope: RunScope, former: readonly ManifestSkill[] = []): Removals {
  const wanted = new Set(
    machine.manifest.skills
      .filter(isInstalled)
      .flatMap(({ targets }) => targets.filter(({ environment }) => environment.kind === "local"))
      .map(({ path }) => path),
  );
  // Two paths may lead to one place: a target that is wanted under another name is not removed.
  const places = new Set([...wanted].map(placeOf));
  let known: SourcePlaces | undefined;
  const sources = () => (known ??= knownSources(machine, former));
  const removals: Removals = { items: [], left: [], forget: [] };
  for (const [path, { skillId, agents }] of knownTargets(machine, former)) {
    if (wanted.has(path) || !isAbout(scope, skillId)) continue;
    if (places.has(placeOf(path))) {
      removals.forget.push(path);
      continue;
    }
    const place = { skillId, environment: { kind: "local" }, path } as const;
    const staying = whyItStays(machine, sources, skillId, path);
    if (staying !== null) {
      removals.forget.push(path);
      removals.left.push({ ...place, ...staying });
      continue;
    }
    const installMode = modeOf(machine.facts.ownedAt(path));
    const reason = whyUnwanted(machine.manifest, skillId);
    const inProject = isInProject(machine, path);
    const planned = planRemoval(machine.facts, { skillId, agents, path, inProject, installMode, reason });
    if (!("left" in planned)) removals.items.push(planned);
    else {
      removals.forget.push(path);
      if (planned.left !== null) removals.left.push({ ...place, reason: planned.left, code: "TARGET_CONFLICT" });
    }
  }
  // `remove` forces the removal of edited copies, and must still remember what it could not reach.
  const mayGiveUp = machine.facts.force && former.length === 0;
  removals.items.sort((a, b) => (a.targetPath < b.targetPath ? -1 : 1));
  const remote = planRemoteRemovals(machine, scope, mayGiveUp);
  return {
    items: [...removals.items, ...remote.items],
    left: [...removals.left, ...remote.left],
    forget: [...removals.forget, ...remote.forget],
  };
}

/** Why a path must not be treated as a target of ours; null if it may. */
function whyItStays(
  machine: Machine,
  sources: () => SourcePlaces,
  skillId: string,
  path: string,
): Pick<LeftTarget, "reason" | "code"> | null {
  if (leavesProject(machine, path))
    return { reason: "its directory leads out of the project", code: "TARGET_CONFLICT" };
  const source = isThere(path) ? sources().conflictAt(skillId, path) : null;
  return source === null ? null : { reason: sanitize(source), code: "TARGET_IS_SOURCE" };
}

/**
 * Current and former sources of skills: the lockfile still has those of skills that were removed
 * from the manifest.
 */
function knownSources({ manifest, home, found }: Machine, former: readonly ManifestSkill[]): SourcePlaces {
  const skills = [...manifest.skills, ...former];
  return new SourcePlaces([...sourcesOfSkills(skills), ...sourcesOfLockfile(found.lockfile, manifest.directory, home)]);
}

/**
 * Targets of the state, of the lockfile, and of removed skills, each path once. The targets that the
 * lockfile has for other machines are not known here.
 */
function knownTargets(
  { manifest, state, found }: Machine,
  former: readonly ManifestSkill[],
): Map<string, { skillId: string; agents: string[] }> {
  const known = new Map(
    Object.entries(state.targets).map(([path, { skill, agents }]) => [path, { skillId: skill, agents: [...agents] }]),
  );
  const elsewhere = new Set(manifest.skills.filter(({ isHere }) => !isHere).map(({ id }) => id));
  for (const { id, targets } of found.lockfile.skills.filter((entry) => !elsewhere.has(entry.id))) {
    for (const { agent, path, environment } of targets) {
      if (environment !== undefined) continue;
      const target = known.get(path) ?? { skillId: id, agents: [] };
      if (!target.agents.includes(agent)) target.agents.push(agent);
      known.set(path, target);
    }
  }
  for (const { id, targets } of former.filter(isInstalled)) {
    for (const { path, agents, environment } of targets)
      if (environment.kind === "local" && !known.has(path)) known.set(path, { skillId: id, agents });
  }
  return known;
}

/**
 * True if the real path of a path in the project is outside of the project: a link in the project
 * must not redirect our removals.
 */
function leavesProject(machine: Machine, path: string): boolean {
  return isInProject(machine, path) && !placeOf(path).startsWith(`${placeOf(projectPlace(machine).directory)}/`);
}

/** The directories of the project and of the user, where targets are. */
function projectPlace({ manifest: { directory, root }, home: own }: Machine): { directory: string; home: string } {
  const { manifestDirectory, home } = placedBase({ manifestDirectory: directory, home: own, root });
  return { directory: manifestDirectory, home };
}

/** A home directory with a manifest is not a project. */
function isInProject(machine: Machine, path: string): boolean {
  const { directory, home } = projectPlace(machine);
  return directory !== home && path.startsWith(`${directory}/`);
}

function isThere(path: string): boolean {
  try {
    return lstatIfExists(path) !== null;
  } catch {
    // An unreadable entry stays where it is.
    return true;
  }
}

function modeOf(owned: ReturnType<MachineFacts["ownedAt"]>): InstallMode {
  return owned !== null && owned.integrities.length > 0 && owned.links.length === 0 ? "copy" : "symlink";
}
