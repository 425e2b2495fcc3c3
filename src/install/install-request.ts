import type { DiscoveredSkill, LeftOut } from "../source/discovery.js";
import type { LookedAt } from "./looked-at.js";
import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import { appendSkills, changeSkill } from "../manifest/edit/edit-skills.js";
import { skillTable, type SkillDraft, type TargetDraft } from "../manifest/edit/skill-draft.js";
import type { TomlTable } from "../manifest/edit/toml-lines.js";
import { parseInstallSource } from "../manifest/source/install-source.js";
import type { AgentContext } from "../manifest/targets/agent-directories.js";
import { CUSTOM_AGENT } from "../manifest/targets/agents.js";
import { expandPath } from "../manifest/names/expand-path.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { Host } from "../system/host.js";
import { asError, chooseSkills, wantsAll, withoutNamesakes, type Choice } from "../source/choose-skills.js";
import { chosenTargets, sharingNote } from "../edit/chosen-targets.js";
import { portableSource } from "../edit/edit-skill.js";
import { openSite, orSite } from "../site/open-site.js";
import { openSource, type OpenedSource } from "../source/open-source.js";
import { lookInRegistries } from "./look-in-registries.js";
import type { RunOptions } from "../run/options.js";
import type { RunContext } from "../run/run-context.js";
import type { ManifestPlace } from "../workspace/manifest-place.js";
import { siteSource } from "../site/site-skills.js";

/** What `install` is asked for. */
export interface InstallRequest extends Partial<Choice> {
  /** In any form that the command line takes. */
  source: string;
  ref?: string | null;
  /** The registry to ask for a bare name; left out, all of them by priority. */
  registry?: string | null;
  /** As the command line names them; none: the agents that are installed here. */
  targets?: readonly string[];
  copy?: boolean;
  /** `./skills.toml`, whether it exists or not, and not the manifest that would be found. */
  project?: boolean;
}

/** The same with its defaults. */
export type CompleteRequest = Required<InstallRequest>;

/** Fills in the defaults. */
export function completeRequest(request: InstallRequest): CompleteRequest {
  const choice = { skills: [], all: false, id: null, ask: null };
  return { ref: null, registry: null, targets: [], copy: false, project: false, ...choice, ...request };
}

/** What is to be installed, and how the manifest is to say it. */
export interface Wanted {
  ids: string[];
  /** The manifest's text with the new skills in it. */
  text: string;
  /** Skills that the manifest cannot take beside what it has. */
  left: LeftOut[];
  /** Which agents read the directories that were chosen; null when there is nothing to say. */
  sharing: string | null;
}

/** Looks into the source. @throws EdenError as `openSource` and `findInRegistries`; `USAGE` for what contradicts the source. */
export async function lookAtSource(
  context: RunContext,
  manifest: Manifest,
  { source, ref, registry }: Pick<CompleteRequest, "source" | "ref" | "registry">,
): Promise<LookedAt> {
  const parsed = parseInstallSource(source);
  if (parsed.kind === "registry") {
    if (ref !== null) throw new EdenError("USAGE", "--ref: a registry has versions; write NAME@RANGE");
    return await lookInRegistries(context, manifest, parsed, registry);
  }
  if (registry !== null) throw new EdenError("USAGE", "--registry: the source is no name in a registry");
  if (parsed.kind === "site") {
    if (ref !== null) throw new EdenError("INVALID_REF", "a site has no refs");
    return await openSite(context, manifest, parsed.url);
  }
  if (parsed.kind === "path") {
    const local = ref === null ? parsed : { ...NOTHING, kind: "repository" as const, repo: parsed.path, ref };
    return { ...(await openSource(context, manifest, local)), skill: null };
  }
  if (ref !== null && (parsed.ref !== null || parsed.refAndPath !== null)) {
    throw new EdenError("USAGE", "--ref: the source names a ref already; give one of the two");
  }
  const wanted = { ...parsed, ref: ref ?? parsed.ref };
  const open = async () => ({ ...(await openSource(context, manifest, wanted)), skill: parsed.skill });
  return parsed.maybeSite ? await orSite(context, manifest, wanted, open) : await open();
}

const NOTHING = { subpath: ".", refAndPath: null, skill: null, maybeSite: false };

/** True when one skill that cannot be installed keeps no other one from it. */
export function takesWhatItCan(request: CompleteRequest, { atomic }: Pick<RunOptions, "atomic">): boolean {
  return wantsAll(request) && atomic !== true;
}

/** What is wanted of a source, and what of it has to be left out. */
export interface Chosen {
  chosen: DiscoveredSkill[];
  /** Skills that share an id; what discovery left out is not among them. */
  left: LeftOut[];
}

/**
 * The skills of a source that are wanted; the user may be asked.
 * @param isLenient skills that are wrong, or that share an id, are left out instead of being an error.
 * @throws EdenError as `chooseSkills`; `SKILL_NOT_FOUND` when it has none; what is wrong with one of all.
 */
export async function chosenOf(request: CompleteRequest, opened: LookedAt, isLenient: boolean): Promise<Chosen> {
  const skills = opened.skill === null ? request.skills : [...request.skills, opened.skill];
  if (opened.skills.length === 0 && (skills.length === 0 || wantsAll({ skills, all: false })))
    throw nothingFound(opened);
  const bad = wantsAll({ ...request, skills }) ? opened.skipped.filter(isWrong) : [];
  const first = isLenient ? undefined : bad[0];
  if (first !== undefined) throw asError(first);
  const distinct = isLenient ? withoutNamesakes(opened.skills) : { skills: opened.skills, left: [] };
  const only = [...distinct.left, ...bad][0];
  if (distinct.skills.length === 0 && only !== undefined) throw asError(only);
  const chosen = await chooseSkills({ ...opened, skills: distinct.skills }, { ...request, skills });
  return { chosen, left: distinct.left };
}

/** True for what would be installed if it were right. What no agent would load is none of it: templates have no description. */
export function isWrong({ code }: LeftOut): boolean {
  return code !== null && code !== "SKILL_INVALID";
}

/**
 * Writes the chosen skills into the manifest's text.
 * @param isLenient skills of which the manifest has another one are left out instead of being an error.
 * @throws EdenError `DUPLICATE_SKILL_ID`; as `chosenTargets`.
 */
export async function wantedOf(
  { manifest, text: before }: Pick<ManifestPlace, "manifest" | "text">,
  host: Host,
  request: CompleteRequest,
  { opened, chosen, isLenient }: { opened: LookedAt; chosen: readonly DiscoveredSkill[]; isLenient: boolean },
): Promise<Wanted> {
  const { targets, directories } = chosenTargets(request.targets, manifest, host);
  const { release, site } = opened;
  const isElsewhere = release !== undefined || site !== undefined;
  const repo = isElsewhere ? opened.repo : portableSource(opened.repo, manifest, host);
  const source = { repo, ...(opened.ref !== null && { ref: opened.ref }) };
  let text = before;
  const added: TomlTable[] = [];
  const left: LeftOut[] = [];
  const there = new Map(manifest.skills.map((skill) => [skill.id, skill]));
  for (const { id, path } of chosen) {
    const known = there.get(id);
    const own = site === undefined ? { ...source, ...(path !== "." && { subpath: path }) } : siteSource(site, id);
    const from = release === undefined ? { source: own } : { registry: release };
    const draft = { id, ...from, targets };
    if (known === undefined) {
      added.push(skillTable(request.copy ? { ...draft, mode: "copy" } : draft));
      continue;
    }
    const other = otherSource(known, draft);
    if (other !== null && isLenient) {
      left.push({ path, reason: other.message, code: other.code });
      continue;
    }
    if (other !== null) throw other;
    const place = { ...host, manifestDirectory: manifest.directory, scope: manifest.scope };
    const changes = changesTo(known, draft, request, place);
    if (Object.keys(changes).length > 0) text = await changeSkill(text, known.index, changes);
  }
  text = await appendSkills(text, added);
  const refused = new Set(left.map(({ path }) => path));
  const ids = chosen.filter(({ path }) => !refused.has(path)).map(({ id }) => id);
  if (ids.length === 0 && left[0] !== undefined) throw asError(left[0]);
  return { ids, text, left, sharing: added.length > 0 ? sharingNote(directories) : null };
}

type Draft = Pick<SkillDraft, "id" | "source" | "registry" | "targets">;

/** Where targets are resolved. */
type Place = AgentContext & Pick<Manifest, "scope">;

function isSamePath({ agent, path }: TargetDraft, root: string, { manifestDirectory, home }: Place): boolean {
  return agent !== CUSTOM_AGENT || (path !== undefined && expandPath(path, manifestDirectory, home) === root);
}

/** Why a skill that is there already is not the one that is wanted, or null. */
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

/** A skill that is there already, from the same source, may get a ref, further targets, or become a copy. */
function changesTo(
  known: ManifestSkill,
  draft: Draft,
  { targets, copy, source: typed }: CompleteRequest,
  place: Place,
) {
  // An agent that is there already reads the skill, wherever it lies; paths of the user's own are compared.
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

function nothingFound({ skipped, repo }: OpenedSource): EdenError {
  const wrong = skipped.find(isWrong);
  if (wrong !== undefined) return asError(wrong);
  const reasons = skipped.slice(0, 5).map(({ path, reason }) => `${path}: ${reason}`);
  return new EdenError(
    "SKILL_NOT_FOUND",
    reasons.length === 0
      ? `${repo} has no SKILL.md`
      : `${repo} has no skill that can be installed (${reasons.join("; ")})`,
    { hint: "A skill is a directory with a SKILL.md that has a description in its front matter." },
  );
}

export type { DiscoveredSkill };
