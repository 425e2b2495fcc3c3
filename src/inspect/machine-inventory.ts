import { basename, dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { planRun } from "../deploy/plan-run.js";
import type { LockedSkill } from "../manifest/lockfile/lockfile.js";
import { usualStorage } from "../manifest/names/product-home.js";
import type { PlanItem } from "../plan/plan.js";
import type { RunOptions } from "../run/options.js";
import { integrityOnDisk } from "../store/integrity.js";
import { readTools } from "../store/tools.js";
import { currentHost, type Host } from "../system/host.js";
import { listDirectory, lstatIfExists, placeOf, realPath, statIfExists } from "../system/read-files.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import { findSkillPlaces, type FoundManifest } from "./skill-places.js";
import { targetsOf } from "./skill-state.js";

/** The document of `inventory --json`. */
export interface MachineInventory {
  schema_version: 1;
  command: "inventory";
  roots: string[];
  count: number;
  /** Sorted by path. */
  skills: InventoriedSkill[];
  /** What could not be read; the rest of the roots was. */
  failures: { path: string; code: string; message: string }[];
}

/** A skill in a directory that agents read. */
export interface InventoriedSkill {
  /** Absolute. */
  path: string;
  agents: string[];
  name: string;
  /** As in the lockfile; null for a skill that no manifest has installed. */
  repository: string | null;
  subpath: string | null;
  ref: string | null;
  commit: string | null;
  /** Of what is there; null if it cannot be read. */
  integrity: string | null;
  /**
   * `managed`: what its manifest wants; `edited`: changed since it was installed; `outdated`: behind
   * its lockfile, or with `online` behind its ref; `unknown`: no manifest has installed it.
   */
  status: "managed" | "edited" | "outdated" | "unknown";
  /** The manifest that has installed it, or a tool with its version; null for none. */
  owner: string | null;
}

/** What is searched. */
export interface InventoryRequest {
  /** Absolute paths of projects, homes, or directories of them. */
  roots: readonly string[];
  /** Levels of directories that are entered. */
  depth?: number;
  /** Ask the repositories whether a pin is behind its ref; this changes mirrors. */
  online?: boolean;
}

export const DEFAULT_DEPTH = 6;

/**
 * The skills in the agents' directories below some roots, and where they come from. It only reads.
 * @returns with the failures of single roots, manifests and directories.
 */
export async function machineInventory(options: RunOptions, asked: InventoryRequest): Promise<MachineInventory> {
  const { roots, depth = DEFAULT_DEPTH, online = false } = asked;
  const skills = new Map<string, InventoriedSkill>();
  const failures: MachineInventory["failures"] = [];
  const seen = new Set<string>();
  const fail = (path: string, error: unknown) => {
    if (!(error instanceof EdenError)) throw error;
    failures.push({ path, code: error.code, message: error.message });
  };
  for (const root of roots) {
    if (statIfExists(root)?.isDirectory() !== true) {
      failures.push({ path: root, code: "NOT_A_DIRECTORY", message: `${root} is not a directory` });
      continue;
    }
    const { directories, manifests, homes, failures: unread } = findSkillPlaces(root, depth);
    for (const error of unread) fail(error.facts.path ?? root, error);
    for (const found of manifests.filter(({ path }) => !seen.has(path))) {
      seen.add(found.path);
      try {
        for (const skill of await skillsOf(options, found, online)) addTo(skills, skill);
      } catch (error) {
        fail(found.path, error);
      }
    }
    for (const skill of homes.flatMap((home) => shippedIn(options.host ?? currentHost(), home))) addTo(skills, skill);
    for (const [directory, agents] of directories)
      for (const skill of skillsIn(directory, [...agents])) addTo(skills, skill);
  }
  const sorted = [...skills.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { schema_version: 1, command: "inventory", roots: [...roots], count: sorted.length, skills: sorted, failures };
}

/** A skill that is known already gets the agents alone. */
function addTo(skills: Map<string, InventoriedSkill>, skill: InventoriedSkill): void {
  const place = placeOf(skill.path);
  const known = skills.get(place) ?? skill;
  skills.set(place, { ...known, agents: [...new Set([...known.agents, ...skill.agents])].toSorted() });
}

/** The targets of a manifest that are there. */
async function skillsOf(options: RunOptions, found: FoundManifest, online: boolean): Promise<InventoriedSkill[]> {
  const own = options.host ?? currentHost();
  const host: Host = { ...own, home: found.home ?? own.home, cwd: dirname(found.path) };
  // The warnings about a manifest belong to its own commands.
  const { warn: _warn, ...rest } = options;
  const there: RunOptions = { ...rest, host, manifest: found.path };
  const { manifest } = await loadManifest(there);
  const { lockfile } = readLockfile(manifest, host.home);
  const items = await planRun(
    { ...there, force: false },
    { manifest, selected: manifest.skills, scope: "all", notices: [] },
  );
  const behind = online ? await outdatedIds(there) : new Set<string>();
  return items.flatMap((item) => {
    const locked = lockfile.skills.find(({ id }) => id === item.skillId);
    const skill = installed(item, locked);
    if (skill === null) return [];
    const isBehind = skill.status === "managed" && behind.has(item.skillId);
    return [{ ...skill, owner: manifest.path, ...(isBehind && { status: "outdated" as const }) }];
  });
}

async function outdatedIds(options: RunOptions): Promise<Set<string>> {
  const { outdated } = await import("../update/outdated.js");
  const { skills } = await outdated(options);
  return new Set(skills.filter(({ status }) => status === "outdated").map(({ id }) => id));
}

const STATUS = { installed: "managed", edited: "edited", stale: "outdated" } as const;

/** Null for a target that is not there, is not ours, or is elsewhere. */
function installed(item: PlanItem, locked: LockedSkill | undefined): InventoriedSkill | null {
  const [target] = targetsOf([item]);
  if (target === undefined || !(target.state in STATUS) || lstatIfExists(target.path) === null) return null;
  return {
    path: target.path,
    agents: target.agents.toSorted(),
    name: item.skillId,
    repository: locked?.sourceRepo ?? null,
    subpath: locked?.sourceSubpath ?? null,
    ref: locked?.sourceRef || null,
    commit: locked?.resolvedCommit || null,
    integrity: integrityAt(target.path),
    status: STATUS[target.state as keyof typeof STATUS],
    owner: null,
  };
}

/** The copies that tools have installed with the library below a home directory. */
function shippedIn(host: Host, home: string): InventoriedSkill[] {
  const root = host.home === home ? usualStorage(host) : usualStorage({ home, env: {} });
  return readTools(root).flatMap(({ record: { name: tool, toolVersion, targets } }) =>
    Object.entries(targets).flatMap(([path, { skill: name, agents, integrities }]): InventoriedSkill[] => {
      const integrity = integrityAt(path);
      if (integrity === null) return [];
      const status = integrities.includes(integrity) ? "managed" : "edited";
      return [{ ...NO_SOURCE, path, agents, name, integrity, status, owner: `${tool} ${toolVersion}` }];
    }),
  );
}

const NO_SOURCE = { repository: null, subpath: null, ref: null, commit: null, owner: null };

/** The skills in a directory, as nothing is known about them. */
function skillsIn(directory: string, agents: string[]): InventoriedSkill[] {
  return listDirectory(directory)
    .filter((name) => !name.startsWith(".") && isSkill(join(directory, name)))
    .map((name) => {
      const path = join(directory, name);
      return { path, agents, name: basename(path), ...NO_SOURCE, integrity: integrityAt(path), status: "unknown" };
    });
}

function isSkill(path: string): boolean {
  try {
    return statIfExists(join(path, "SKILL.md"))?.isFile() === true;
  } catch {
    // What cannot be read is not a skill for an agent.
    return false;
  }
}

function integrityAt(path: string): string | null {
  try {
    return integrityOnDisk(realPath(path));
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}
