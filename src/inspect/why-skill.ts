import { dirname } from "node:path";
import { projectOf, readDirectories } from "../doctor/agent-view.js";
import { detectAgents } from "../edit/detect-agents.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { shownSource } from "../manifest/document/source-kind.js";
import type { FieldPath } from "../manifest/format/findings.js";
import { locateFields } from "../manifest/format/locate-fields.js";
import type { PlanItem } from "../plan/plan.js";
import type { Host } from "../system/host.js";
import { realPlace, statIfExists } from "../system/read-files.js";
import { textOf } from "../workspace/edit-manifest.js";
import type { Machine } from "../workspace/machine.js";
import { stateOf, targetsOf, type ShownTarget, type SkillState } from "./skill-state.js";

/** A line of a file; null if the position is unknown. */
export interface FileLine {
  file: string;
  line: number | null;
}

/** An entry of the lockfile. */
export interface LockLine extends FileLine {
  commit: string | null;
  tree: string | null;
  integrity: string | null;
}

/** Where a skill of the manifest comes from, and where it goes. */
export interface WhySkill {
  id: string;
  state: SkillState;
  enabled: boolean;
  groups: string[];
  /** The entry of the manifest: its own, or that of its collection. */
  entry: FileLine;
  source: { repo: string; ref: string | null; subpath: string };
  /** The collection that it is a member of, or null. */
  collection: string | null;
  /** The registry that its version comes from, or null. */
  registry: { from: string | null; version: string } | null;
  /** Its entry in the lockfile; null if it was never resolved. */
  lock: LockLine | null;
  targets: ShownTarget[];
  /** The agents, used or found here, that see it, with the directory in which they find it. */
  seen_by: { agent: string; path: string }[];
}

/** @param items the plan of the skill's targets. */
export async function whySkill(about: {
  machine: Machine;
  host: Host;
  skill: ManifestSkill;
  items: readonly PlanItem[];
}): Promise<WhySkill> {
  const { machine, host, skill, items } = about;
  const { manifest } = machine;
  const targets = targetsOf(items);
  const { id, enabled, groups, source, collection } = skill;
  const release = source.kind === "repository" ? source.release : undefined;
  return {
    id,
    state: stateOf(skill, targets, machine.development.has(id)),
    enabled,
    groups: [...groups],
    entry: await lineOf(
      manifest.path,
      collection === undefined ? ["skills", skill.index] : ["collections", collection.index],
    ),
    source: shownSource(source),
    collection: collection?.key ?? null,
    registry: release === undefined ? null : { from: release.from, version: release.version },
    lock: await lockOf(machine, id),
    targets,
    seen_by: seenBy(manifest, host, targets),
  };
}

async function lineOf(file: string, at: FieldPath): Promise<FileLine> {
  const place = (await locateFields(textOf(file).text))(at);
  return { file, line: place?.line ?? null };
}

async function lockOf({ manifest, found }: Machine, id: string): Promise<WhySkill["lock"]> {
  const index = found.lockfile.skills.findIndex((entry) => entry.id === id);
  const entry = found.lockfile.skills[index];
  if (entry === undefined) return null;
  const { resolvedCommit, tree, integrity } = entry;
  const place = await lineOf(manifest.lockfilePath, ["skills", index]);
  return { ...place, commit: resolvedCommit || null, tree: tree || null, integrity: integrity || null };
}

/** Agents that read the directory of a target that is there. */
function seenBy(manifest: Manifest, host: Host, targets: readonly ShownTarget[]): WhySkill["seen_by"] {
  const there = targets.filter(({ state, path }) => state !== "unknown" && statIfExists(path) !== null);
  const { agents } = manifest;
  const used = manifest.skills.flatMap((skill) => skill.targets.flatMap((target) => target.agents));
  const scopes = ["project", "global"] as const;
  const relevant = new Set([...used, ...scopes.flatMap((scope) => detectAgents(host, { agents, scope }))]);
  const project = projectOf(manifest, host);
  return [...agents.values()]
    .filter(({ id }) => relevant.has(id))
    .flatMap((agent) => {
      const read = new Set(readDirectories(agent, agents, project, host).map(({ path }) => realPlace(path)));
      return there
        .filter(({ path }) => read.has(realPlace(dirname(path))))
        .map(({ path }) => ({ agent: agent.id, path }));
    });
}
