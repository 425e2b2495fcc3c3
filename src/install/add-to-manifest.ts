import { isDeepStrictEqual } from "node:util";
import { chosenTargets, sharingNote } from "../edit/chosen-targets.js";
import { portableSource } from "../edit/edit-skill.js";
import { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { appendSkills, changeSkill } from "../manifest/edit/edit-skills.js";
import { skillTable, type SkillDraft, type TargetDraft } from "../manifest/edit/skill-draft.js";
import type { TomlTable } from "../manifest/edit/toml-lines.js";
import { expandPath } from "../manifest/names/expand-path.js";
import type { AgentContext } from "../manifest/targets/agent-directories.js";
import { CUSTOM_AGENT } from "../manifest/targets/agents.js";
import { siteSource } from "../site/site-skills.js";
import { wantsAll } from "../source/choose-skills.js";
import type { DiscoveredSkill, LeftOut } from "../source/discovery.js";
import type { Host } from "../system/host.js";
import type { ManifestPlace } from "../workspace/manifest-place.js";
import { addSkills } from "./add-collection.js";
import type { CompleteRequest } from "./install-request.js";
import type { LookedAt } from "./looked-at.js";

/** The skills to install, and their manifest entries. */
export interface Wanted {
  ids: string[];
  /** The manifest's text with the new skills in it. */
  text: string;
  /** As in the manifest. */
  source: WantedSource;
  /** Skills that conflict with existing ones in the manifest. */
  left: LeftOut[];
  /** The agents that read the chosen directories; null if there is nothing to report. */
  sharing: string | null;
}

/** The source of the skills, and which of them a collection of it has. */
export interface WantedSource {
  repo: string;
  ref?: string;
  /** True if all its skills are wanted. */
  isAll: boolean;
  /** Ids of skills that had an entry of their own and are members of a collection now. */
  siblings: string[];
}

/** The chosen skills of a source, and the chosen agents; null for those found here. */
interface ChosenSkills {
  opened: LookedAt;
  chosen: readonly DiscoveredSkill[];
  isLenient: boolean;
  agents: readonly string[] | null;
}

/**
 * Writes the chosen skills into the manifest's text.
 * @param isLenient skills whose id the manifest uses for another skill are left out instead of
 *   being an error.
 * @throws EdenError `DUPLICATE_SKILL_ID`; as `chosenTargets`.
 */
export async function wantedOf(
  { manifest, text: before }: Pick<ManifestPlace, "manifest" | "text">,
  host: Host,
  request: CompleteRequest,
  { opened, chosen, isLenient, agents }: ChosenSkills,
): Promise<Wanted> {
  const { targets, directories } = chosenTargets(request.targets, manifest, host, agents);
  const { release, site } = opened;
  const isElsewhere = release !== undefined || site !== undefined;
  const repo = isElsewhere ? opened.repo : portableSource(opened.repo, manifest, host);
  const source = { repo, ...(opened.ref !== null && { ref: opened.ref }) };
  let text = before;
  const added: TomlTable[] = [];
  const fresh: DiscoveredSkill[] = [];
  const refusals: { path: string; error: EdenError }[] = [];
  const there = new Map(manifest.skills.map((skill) => [skill.id, skill]));
  for (const skill of chosen) {
    const { id, path } = skill;
    const known = there.get(id);
    const own = site === undefined ? { ...source, ...(path !== "." && { subpath: path }) } : siteSource(site, id);
    const from = release === undefined ? { source: own } : { registry: release };
    const draft = { id, ...from, targets };
    if (known === undefined) {
      if (isElsewhere || request.id !== null) added.push(skillTable(request.copy ? { ...draft, mode: "copy" } : draft));
      else fresh.push(skill);
      continue;
    }
    const other = otherSource(known, draft);
    if (other !== null && isLenient) {
      refusals.push({ path, error: other });
      continue;
    }
    if (other !== null) throw other;
    const place = { ...host, agents: manifest.agents, manifestDirectory: manifest.directory, scope: manifest.scope };
    const changes = changesTo(known, draft, request, place);
    if (Object.keys(changes).length === 0) continue;
    if (known.collection === undefined) text = await changeSkill(text, known.index, changes);
    else added.push(skillTable(draftOfMember(known, draft, changes)));
  }
  text = await appendSkills(text, added);
  const subpath = opened.start === "." ? {} : { subpath: opened.start };
  const isAll = wantsAll(request) && opened.isPart !== true;
  text = await addSkills(text, {
    found: [...opened.skills, ...opened.unlisted],
    fresh,
    isAll,
    source: { ...source, ...subpath },
    targets,
    ...(request.copy && { mode: "copy" as const }),
  });
  const refused = new Set(refusals.map(({ path }) => path));
  const ids = chosen.filter(({ path }) => !refused.has(path)).map(({ id }) => id);
  if (ids.length === 0 && refusals[0] !== undefined) throw refusals[0].error;
  const left = refusals.map(({ path, error }): LeftOut => ({ path, reason: error.message, code: error.code }));
  const siblings = manifest.skills.filter(({ collection }) => collection === undefined).map(({ id }) => id);
  const isNew = added.length + fresh.length > 0;
  return { ids, text, left, source: { ...source, isAll, siblings }, sharing: isNew ? sharingNote(directories) : null };
}

/** A member that gets settings of its own: its entry replaces it in the collection. */
function draftOfMember(
  { installMode, targets }: ManifestSkill,
  draft: Draft,
  { moreTargets = [], mode, ref }: ReturnType<typeof changesTo>,
): SkillDraft {
  const own = targets.flatMap(({ agents, environment }) => agents.map((agent) => ({ agent, environment })));
  return {
    ...draft,
    ...(draft.source !== undefined && ref !== undefined && { source: { ...draft.source, ref } }),
    ...((mode ?? installMode) === "copy" && { mode: "copy" }),
    targets: [...own.filter(({ agent }) => agent !== CUSTOM_AGENT), ...moreTargets],
  };
}

type Draft = Pick<SkillDraft, "id" | "source" | "registry" | "targets">;

/** The context for resolving targets. */
type Place = AgentContext & Pick<Manifest, "scope">;

function isSamePath({ agent, path }: TargetDraft, root: string, { manifestDirectory, home }: Place): boolean {
  return agent !== CUSTOM_AGENT || (path !== undefined && expandPath(path, manifestDirectory, home) === root);
}

/** Why an existing skill is not the wanted one, or null. */
function otherSource({ id, source }: ManifestSkill, draft: Draft): EdenError | null {
  const isSame =
    source.kind === "registry"
      ? source.name === draft.registry?.name
      : source.repo === draft.source?.repo && source.subpath === (draft.source.subpath ?? ".");
  if (isSame) return null;
  const from =
    source.kind === "registry"
      ? `registry skill ${source.name}`
      : `${source.repo}${source.subpath === "." ? "" : ` ${source.subpath}`}`;
  return new EdenError("DUPLICATE_SKILL_ID", `the manifest has another skill ${id}, from ${from}`, {
    hint: "Give the new one another name with --id, or remove the other one first.",
  });
}

/** An existing skill with the same source may get a ref, additional targets, or copy mode. */
function changesTo(
  known: ManifestSkill,
  draft: Draft,
  { targets, copy, source: typed }: CompleteRequest,
  place: Place,
) {
  // An existing agent already reads the skill, wherever it is; custom paths are compared.
  const isThere = (one: TargetDraft) =>
    known.targets.some(
      ({ agents, root, environment }) =>
        agents.includes(one.agent) && isSamePath(one, root, place) && isDeepStrictEqual(environment, one.environment),
    );
  const more = draft.targets.filter((one) => !isThere(one));
  return {
    ...(targets.length > 0 && more.length > 0 && { moreTargets: more }),
    ...(copy && known.installMode !== "copy" && { mode: "copy" }),
    ...(draft.source?.ref !== undefined && draft.source.ref !== refOf(known) && { ref: draft.source.ref }),
    ...(typed.includes("@") && draft.registry?.version !== undefined && { version: draft.registry.version }),
  };
}

function refOf({ source }: ManifestSkill): string | null {
  return source.kind === "repository" ? source.ref : null;
}
