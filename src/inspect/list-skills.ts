import { join } from "node:path";
import { EdenError } from "../errors.js";
import { planRun } from "../deploy/plan-run.js";
import { readInventory, type Inventory, type InventorySkill } from "../edit/inventory.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import type { PlanItem } from "../plan/plan.js";
import type { RunOptions } from "../run/options.js";
import { HEAD_BYTES, readVersion } from "../skill/front-matter.js";
import { developmentsOf } from "../store/developments.js";
import { openStore } from "../store/store.js";
import { readBeginning } from "../system/read-files.js";
import { stateOf, targetsOf, type SkillState } from "./skill-state.js";

/** The document of `list --json`. */
export interface SkillList extends Omit<Inventory, "skills"> {
  skills: ListedSkill[];
}

/** A skill of the manifest, as it is on this machine. */
export interface ListedSkill extends InventorySkill {
  /** null if the record of what we installed is unreadable. */
  state: SkillState | null;
  /** The directory in its clone, for a skill in development; else null. */
  dev: string | null;
  /** The version in its front matter; null for none, and for content that is not here. */
  skill_version: string | null;
  /** Of its files together; null for content that is not here, and for a directory that is linked live. */
  bytes: number | null;
}

/** The skills of the manifest with their states. Uses no network. @throws EdenError as `inventory`. */
export async function listSkills(options: RunOptions): Promise<SkillList> {
  const { manifest, selected, inventory } = await readInventory(options);
  const items = await planned(options, manifest, selected);
  const development = items === null ? new Map<string, never>() : developmentsOf(manifest);
  const skills: ListedSkill[] = [];
  for (const [index, row] of inventory.skills.entries()) {
    const skill = selected[index];
    if (skill === undefined) continue;
    const own = items?.filter(({ skillId }) => skillId === row.id) ?? [];
    const state = items === null ? null : stateOf(skill, targetsOf(own), development.has(row.id));
    skills.push({
      ...row,
      state,
      dev: development.get(row.id)?.directory ?? null,
      ...(await contentOf(manifest, skill, own)),
    });
  }
  return { ...inventory, skills };
}

/** null if the state is unreadable: then it is unknown which targets are ours. */
async function planned(
  options: RunOptions,
  manifest: Manifest,
  selected: readonly ManifestSkill[],
): Promise<PlanItem[] | null> {
  try {
    const job = { manifest, selected, scope: new Set<string>(), notices: [] };
    // The warnings about the manifest were given when it was read.
    const { warn: _warn, ...quiet } = options;
    return await planRun({ ...quiet, frozen: false, force: false }, job, "skip");
  } catch (error) {
    if (error instanceof EdenError && error.code === "STATE_UNREADABLE") return null;
    throw error;
  }
}

async function contentOf(
  { storageRoot }: Manifest,
  { source }: ManifestSkill,
  items: readonly PlanItem[],
): Promise<Pick<ListedSkill, "skill_version" | "bytes">> {
  const desired = items.find((item) => item.desired !== null)?.desired;
  const directory = source.kind === "directory" ? directoryOf(source) : desired?.path;
  if (directory === undefined) return { skill_version: null, bytes: null };
  const marker = desired?.kind === "store" ? openStore(storageRoot).readMarker(desired.tree) : null;
  return { skill_version: await versionIn(directory), bytes: marker?.bytes ?? null };
}

async function versionIn(directory: string): Promise<string | null> {
  try {
    const head = readBeginning(join(directory, "SKILL.md"), HEAD_BYTES);
    // Most skills name no version: then the reader of YAML is not loaded.
    return head.includes("version") ? await readVersion(head) : null;
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}
