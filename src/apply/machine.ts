import { dirname } from "node:path";
import { EdenError } from "../errors.js";
import { parseLockfile, type Lockfile } from "../manifest/lockfile.js";
import { formatLockfile } from "../manifest/format-lockfile.js";
import type { Manifest } from "../manifest/manifest.js";
import { directoryOf } from "../manifest/skill-source.js";
import { checkContainment } from "../install/containment.js";
import type { PlanWorld } from "../plan/assemble.js";
import { integritiesOnDisk } from "../store/integrity.js";
import { entryDirectory, parseEntryPath } from "../store/layout.js";
import { claimedByOther, readState, statePath, type MachineState, type OwnedTarget } from "../store/state.js";
import { unwritableDirectory } from "../system/blocked-path.js";
import { lstatIfExists, readBytesIfExists } from "../system/read-files.js";
import { lockfileWarning } from "./notices.js";
import type { RunOptions } from "./options.js";
import { ProjectLinks } from "./project-links.js";

/** The lockfile as it was found. `problem` says why it cannot be used; then it counts as empty. */
export interface FoundLockfile {
  text: string | null;
  lockfile: Lockfile;
  problem: string | null;
}

/** @param instead counts as the text of the lockfile (null: as none) whatever lies on the disk. */
export function readLockfile(manifest: Manifest, home: string, instead?: string | null): FoundLockfile {
  const unusable = (text: string | null, problem: string) => ({ text, lockfile: { skills: [] }, problem });
  let bytes: Buffer | null;
  try {
    bytes =
      instead === undefined ? readBytesIfExists(manifest.lockfilePath) : instead === null ? null : Buffer.from(instead);
  } catch (error) {
    if (error instanceof EdenError && error.code === "INVALID_FILE") return unusable("", error.message);
    throw error;
  }
  if (bytes === null) return { text: null, lockfile: { skills: [] }, problem: null };
  const text = bytes.toString("utf8");
  const parsed = parseLockfile(bytes, { manifestDirectory: manifest.directory, home });
  if ("problem" in parsed) return unusable(text, parsed.problem);
  // Its paths lead to removals: none of them may lead to what other manifests link to.
  const inside = parsed.lockfile.skills
    .flatMap(({ targets }) => targets)
    .find(({ path }) => path.startsWith(`${manifest.storageRoot}/`));
  if (inside !== undefined) return unusable(text, `${inside.path} lies in the storage of eden-skills`);
  return { text, lockfile: parsed.lockfile, problem: null };
}

/** The same, its problem told as a warning. */
export function readLockfileFor({ warn }: Pick<RunOptions, "warn">, manifest: Manifest, home: string): FoundLockfile {
  const found = readLockfile(manifest, home);
  for (const warning of lockfileWarning(manifest, found)) warn?.(warning);
  return found;
}

export function lockfileText(manifest: Manifest, home: string, lockfile: Lockfile): string {
  return formatLockfile(lockfile, { manifestDirectory: manifest.directory, home });
}

/** What is known of this machine before a run: the lockfile, and what is ours on it. */
export interface Machine {
  manifest: Manifest;
  home: string;
  found: FoundLockfile;
  state: MachineState;
  /** False as long as this manifest has no state on the disk. */
  isRecorded: boolean;
  links: ProjectLinks;
  plan: PlanWorld;
}

/** @param lockfile as of `readLockfile`. @throws EdenError `STATE_UNREADABLE`. */
export function lookAtMachine(manifest: Manifest, home: string, force: boolean, lockfile?: string | null): Machine {
  const found = readLockfile(manifest, home, lockfile);
  const state = readState(manifest.storageRoot, manifest.path);
  const links = new ProjectLinks(manifest, home);
  const owned = ownedTargets(manifest, found.lockfile, state, links);
  const plan: PlanWorld = {
    ownedAt: (path) => {
      const target = owned.get(path);
      return target === undefined ? null : { ...target, isRecorded: Object.hasOwn(state.targets, path) };
    },
    destinationOf: (path, text) => links.destinationOf(path, text),
    isStoreLink: (path, text) =>
      parseEntryPath(manifest.storageRoot, links.destinationOf(path, text)) !== null ||
      isLockedLink(found.lockfile, path, text),
    claimedByOther: (path) => claimedByOther(manifest.storageRoot, manifest.path, path),
    checkPlace(path, inProject) {
      const project = inProject ? manifest.directory : null;
      checkContainment(dirname(path), { project, storageRoot: manifest.storageRoot, home });
      const failure = unwritableDirectory(dirname(path));
      if (failure !== null) throw failure;
    },
    integritiesOf: integritiesOnDisk,
    force,
  };
  const isRecorded = lstatIfExists(statePath(manifest.storageRoot, manifest.path)) !== null;
  return { manifest, home, found, state, isRecorded, links, plan };
}

/** True for a link into a store at another place that holds exactly what is locked for that path: `storage.root` was changed. */
function isLockedLink(lockfile: Lockfile, path: string, text: string): boolean {
  const entry = lockfile.skills.find(({ targets }) => targets.some((target) => target.path === path));
  return entry !== undefined && entry.tree !== "" && text.endsWith(`/store/${entry.tree}/${entry.id}`);
}

/** What is ours by the state of this machine, and by the lockfile for a machine whose state is lost. */
function ownedTargets(
  manifest: Manifest,
  lockfile: Lockfile,
  state: MachineState,
  links: ProjectLinks,
): Map<string, OwnedTarget> {
  const owned = new Map<string, OwnedTarget>(Object.entries(state.targets));
  for (const entry of lockfile.skills) {
    for (const { path, agent, environment } of entry.targets) {
      if (environment !== undefined) continue;
      const known = owned.get(path) ?? { skill: entry.id, agents: [], links: [], integrities: [] };
      const skill = manifest.skills.find(({ id }) => id === entry.id);
      const live = entry.tree === "" && skill?.source.kind === "directory" ? [directoryOf(skill.source)] : [];
      const places = entry.tree === "" ? live : [entryDirectory(manifest.storageRoot, entry.tree, entry.id)];
      const texts = places.flatMap((place) => [place, links.textFor(path, place)]);
      owned.set(path, {
        skill: known.skill,
        agents: [...new Set([...known.agents, agent])],
        links: entry.installMode === "symlink" ? [...new Set([...known.links, ...texts])] : known.links,
        integrities:
          entry.installMode === "copy" && entry.integrity !== ""
            ? [...known.integrities, entry.integrity]
            : known.integrities,
      });
    }
  }
  return owned;
}
