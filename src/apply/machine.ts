import { isDeepStrictEqual } from "node:util";
import { parseLockfile, type Lockfile } from "../manifest/lockfile.js";
import { formatLockfile } from "../manifest/format-lockfile.js";
import type { InstallMode, Manifest, ManifestSkill } from "../manifest/manifest.js";
import { directoryOf } from "../manifest/skill-source.js";
import { planRemoval, planTarget, type PlanWorld } from "../plan/assemble.js";
import type { DesiredContent, PlanItem } from "../plan/plan.js";
import { integrityOnDisk } from "../store/integrity.js";
import { entryDirectory, parseEntryPath } from "../store/layout.js";
import { claimedByOther, readState, type MachineState, type OwnedTarget } from "../store/state.js";
import { readBytesIfExists } from "../system/files.js";
import type { SkillVersion } from "./events.js";
import { isInstalled } from "./pins.js";

/** The lockfile as it was found. `problem` says why it cannot be used; then it counts as empty. */
export interface FoundLockfile {
  text: string | null;
  lockfile: Lockfile;
  problem: string | null;
}

export function readLockfile(manifest: Manifest, home: string): FoundLockfile {
  const bytes = readBytesIfExists(manifest.lockfilePath);
  if (bytes === null) return { text: null, lockfile: { skills: [] }, problem: null };
  const text = bytes.toString("utf8");
  const parsed = parseLockfile(bytes, { manifestDirectory: manifest.directory, home });
  return "problem" in parsed
    ? { text, lockfile: { skills: [] }, problem: parsed.problem }
    : { text, lockfile: parsed.lockfile, problem: null };
}

export function lockfileText(manifest: Manifest, home: string, lockfile: Lockfile): string {
  return formatLockfile(lockfile, { manifestDirectory: manifest.directory, home });
}

/** What is known of this machine before a run: the lockfile, and what is ours on it. */
export interface Machine {
  manifest: Manifest;
  found: FoundLockfile;
  state: MachineState;
  plan: PlanWorld;
}

/** @throws EdenError `STATE_UNREADABLE`. */
export function lookAtMachine(manifest: Manifest, home: string, force: boolean): Machine {
  const found = readLockfile(manifest, home);
  const state = readState(manifest.storageRoot, manifest.path);
  const owned = ownedTargets(manifest, found.lockfile, state);
  const plan: PlanWorld = {
    ownedAt: (path) => owned.get(path) ?? null,
    isStoreLink: (path, text) =>
      parseEntryPath(manifest.storageRoot, text) !== null || isLockedLink(found.lockfile, path, text),
    claimedByOther: (path) => claimedByOther(manifest.storageRoot, manifest.path, path),
    integrityOf: integrityOnDisk,
    force,
  };
  return { manifest, found, state, plan };
}

/** True for a link into a store at another place that holds exactly what is locked for that path: `storage.root` was changed. */
function isLockedLink(lockfile: Lockfile, path: string, text: string): boolean {
  const entry = lockfile.skills.find(({ targets }) => targets.some((target) => target.path === path));
  return entry !== undefined && entry.tree !== "" && text.endsWith(`/store/${entry.tree}/${entry.id}`);
}

/** What is ours by the state of this machine, and by the lockfile for a machine whose state is lost. */
function ownedTargets(manifest: Manifest, lockfile: Lockfile, state: MachineState): Map<string, OwnedTarget> {
  const owned = new Map<string, OwnedTarget>(Object.entries(state.targets));
  for (const entry of lockfile.skills) {
    for (const { path, agent, environment } of entry.targets) {
      if (environment !== undefined) continue;
      const known = owned.get(path) ?? { skill: entry.id, agents: [], links: [], integrities: [] };
      const skill = manifest.skills.find(({ id }) => id === entry.id);
      const live = entry.tree === "" && skill?.source.kind === "directory" ? [directoryOf(skill.source)] : [];
      const link = entry.tree === "" ? live : [entryDirectory(manifest.storageRoot, entry.tree, entry.id)];
      owned.set(path, {
        skill: known.skill,
        agents: [...new Set([...known.agents, agent])],
        links: entry.installMode === "symlink" ? [...known.links, ...link] : known.links,
        integrities:
          entry.installMode === "copy" && entry.integrity !== ""
            ? [...known.integrities, entry.integrity]
            : known.integrities,
      });
    }
  }
  return owned;
}

/** The items for the targets of one skill; none when it is not to be installed. `version` is null when it was never synced. */
export function planSkill(machine: Machine, skill: ManifestSkill, version: SkillVersion | null): PlanItem[] {
  if (!isInstalled(skill)) return [];
  const desired = desiredContent(machine.manifest, skill, version);
  return skill.targets.map((target) =>
    planTarget(machine.plan, { skillId: skill.id, ...target, installMode: skill.installMode, desired }),
  );
}

function desiredContent(
  { storageRoot }: Manifest,
  skill: ManifestSkill,
  version: SkillVersion | null,
): DesiredContent | null {
  if (skill.source.kind === "directory" && skill.installMode === "symlink")
    return { kind: "live", path: directoryOf(skill.source) };
  if (version === null || version.tree === "") return null;
  const { tree, integrity } = version;
  return { kind: "store", tree, integrity, path: entryDirectory(storageRoot, tree, skill.id) };
}

/** A target that nobody wants any more but that is not ours to remove. */
export interface LeftAlone {
  skillId: string;
  path: string;
  reason: string;
}

/** Items to remove what we put on this machine and the manifest no longer wants there. */
export function planRemovals(
  machine: Machine,
  skills: readonly ManifestSkill[],
  whole: boolean,
): { items: PlanItem[]; left: LeftAlone[] } {
  const { manifest, state, found } = machine;
  const wanted = new Set(manifest.skills.filter(isInstalled).flatMap(({ targets }) => targets.map(({ path }) => path)));
  const selected = new Set(skills.map(({ id }) => id));
  const known = [
    ...Object.entries(state.targets).map(([path, { skill, agents }]) => ({ skillId: skill, agents, path })),
    ...found.lockfile.skills.flatMap(({ id, targets }) =>
      targets
        .filter(({ environment }) => environment === undefined)
        .map(({ agent, path }) => ({ skillId: id, agents: [agent], path })),
    ),
  ];
  const items: PlanItem[] = [];
  const left: LeftAlone[] = [];
  const seen = new Set<string>();
  for (const { skillId, agents, path } of known) {
    if (wanted.has(path) || seen.has(path) || !(whole || selected.has(skillId))) continue;
    seen.add(path);
    const planned = planRemoval(machine.plan, {
      skillId,
      agents,
      path,
      installMode: modeOf(machine.plan.ownedAt(path)),
    });
    if (!("left" in planned)) items.push(planned);
    else if (planned.left !== null) left.push({ skillId, path, reason: planned.left });
  }
  return { items: items.toSorted((a, b) => (a.targetPath < b.targetPath ? -1 : 1)), left };
}

function modeOf(owned: ReturnType<PlanWorld["ownedAt"]>): InstallMode {
  return owned !== null && owned.integrities.length > 0 && owned.links.length === 0 ? "copy" : "symlink";
}

/** The state that belongs to what is wanted: before an install with everything that may be found, after it with what was put there. */
export function nextState(
  { manifest, state, plan }: Machine,
  items: readonly PlanItem[],
  done: ReadonlySet<PlanItem> | null,
  forget: readonly string[],
): MachineState {
  const targets: MachineState["targets"] = Object.assign(Object.create(null), state.targets);
  for (const path of forget) delete targets[path];
  for (const item of items) {
    const { targetPath, desired, action, installMode, skillId, agents, environment } = item;
    if (environment.kind !== "local") continue;
    if (action === "remove") {
      if (done?.has(item) === true) delete targets[targetPath];
      continue;
    }
    if (desired === null || action === "conflict") continue;
    const links = installMode === "symlink" ? [desired.path] : [];
    const integrities = installMode === "copy" && desired.kind === "store" ? [desired.integrity] : [];
    const before = plan.ownedAt(targetPath);
    const target =
      done?.has(item) === true || before === null
        ? { skill: skillId, agents, links, integrities }
        : {
            skill: skillId,
            agents,
            links: [...new Set([...before.links, ...links])],
            integrities: [...new Set([...before.integrities, ...integrities])],
          };
    if (!isDeepStrictEqual(targets[targetPath], target)) targets[targetPath] = target;
  }
  return { version: 1, manifest: manifest.path, targets };
}
