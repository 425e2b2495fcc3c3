import { shownSource } from "../manifest/document/source-kind.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { InstallMode, Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { currentHost } from "../system/host.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { readLockfileFor } from "../workspace/read-lockfile.js";
import { select } from "../workspace/select.js";
import type { RunOptions } from "../run/options.js";
import { lockedRegistrySkills } from "../registry/locked-skills.js";

/** The skills of the manifest, as `list --json` prints them. */
export interface Inventory {
  schema_version: 1;
  command: "list";
  count: number;
  skills: InventorySkill[];
}

/** One skill of a manifest. */
export interface InventorySkill {
  id: string;
  source: { repo: string; ref: string | null; subpath: string };
  install: { mode: InstallMode };
  verify: { enabled: boolean; checks: string[] };
  targets: { agent: string; path: string }[];
  /** The pinned commit; null if it was never resolved. */
  commit: string | null;
  /** The pinned version of a registry's skill, else null. */
  version: string | null;
  enabled: boolean;
  groups: string[];
  /** The name in the front matter of the installed copy; null for the one of the source. */
  alias: string | null;
  /** Enabled, and in no group or in one that this machine has. */
  wanted: boolean;
  /** The collection that it is a member of, as in the lockfile; null for an entry of its own. */
  collection: string | null;
}

/** Reads manifest and lockfile only. @throws as `loadManifest`; `UNKNOWN_GROUP`. */
export async function inventory(options: InventoryOptions): Promise<Inventory> {
  return (await readInventory(options)).inventory;
}

type InventoryOptions = Pick<RunOptions, "manifest" | "strict" | "host" | "warn" | "groups">;

/** The same, with the manifest as it was read. */
export async function readInventory(
  options: InventoryOptions,
): Promise<{ manifest: Manifest; selected: ManifestSkill[]; inventory: Inventory }> {
  const { manifest } = await loadManifest(options);
  const home = (options.host ?? currentHost()).home;
  const { lockfile } = readLockfileFor(options, manifest, home);
  const complete = await lockedRegistrySkills(manifest, lockfile, home);
  const selected = select(complete, { groups: options.groups ?? [] });
  return { manifest, selected, inventory: inventoryOf(selected, lockfile) };
}

function inventoryOf(selected: readonly ManifestSkill[], lockfile: Lockfile): Inventory {
  const locked = new Map(lockfile.skills.map((entry) => [entry.id, entry]));
  const skills = selected.map((skill) => inventorySkill(skill, locked.get(skill.id)?.resolvedCommit ?? ""));
  return { schema_version: 1, command: "list", count: skills.length, skills };
}

/** @param commit "" for none. */
export function inventorySkill(
  { id, source, installMode, collection, verify, targets, enabled, groups, alias, isHere }: ManifestSkill,
  commit: string,
): InventorySkill {
  return {
    id,
    source: shownSource(source),
    install: { mode: installMode },
    verify: { enabled: verify.enabled, checks: [...verify.checks] },
    targets: targets.flatMap(({ agents, path }) => agents.map((agent) => ({ agent, path }))),
    commit: commit || null,
    version: (source.kind === "repository" && source.release?.version) || null,
    enabled,
    groups: [...groups],
    alias,
    wanted: enabled && isHere,
    collection: collection?.key ?? null,
  };
}
