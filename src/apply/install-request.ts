import { EdenError } from "../errors.js";
import { appendSkill, changeSkill } from "../manifest/edit/edit-skills.js";
import type { TargetDraft } from "../manifest/edit/skill-draft.js";
import { parseInstallSource } from "../manifest/install-source.js";
import type { Manifest, ManifestSkill } from "../manifest/manifest.js";
import type { Host } from "../system/host.js";
import { chooseSkills, type Choice } from "./choose-skills.js";
import { chosenTargets } from "./chosen-targets.js";
import type { DiscoveredSkill } from "./discover-skills.js";
import { portableSource } from "./edit-skill.js";
import { openSite, orSite } from "./open-site.js";
import { openSource, type OpenedSource } from "./open-source.js";
import type { RunOptions } from "./options.js";
import { siteSource } from "./site-skills.js";

/** What `install` is asked for. */
export interface InstallRequest extends Choice {
  source: string;
  ref: string | null;
  /** As the command line names them; none: the agents that are installed here. */
  targets: readonly string[];
  copy: boolean;
  /** `./skills.toml`, be it there or not, and not the manifest that would be found. */
  project: boolean;
}

/** What is to be installed, and how the manifest is to say it. */
export interface Wanted {
  ids: string[];
  chosen: DiscoveredSkill[];
  /** The manifest's text with the new skills in it. */
  text: string;
  /** What was noticed about the source and is no reason to stop. */
  notes: string[];
}

/** Looks into the source. @throws EdenError as `openSource`; `USAGE` for a ref given twice. */
export async function lookAtSource(
  manifest: Manifest,
  options: RunOptions,
  host: Host,
  { source, ref }: Pick<InstallRequest, "source" | "ref">,
): Promise<OpenedSource & { skill: string | null }> {
  const parsed = parseInstallSource(source);
  if (parsed.kind === "site") {
    if (ref !== null) throw new EdenError("INVALID_REF", "a site has no refs");
    return await openSite(manifest, options, parsed.url);
  }
  if (parsed.kind === "registry") {
    throw new EdenError("INVALID_REPO_URL", "this is no repository and no directory");
  }
  if (parsed.kind === "path") {
    const local = ref === null ? parsed : { ...NOTHING, kind: "repository" as const, repo: parsed.path, ref };
    return { ...(await openSource(manifest, options, host, local)), skill: null };
  }
  if (ref !== null && (parsed.ref !== null || parsed.refAndPath !== null)) {
    throw new EdenError("USAGE", "--ref: the source names a ref already; give one of the two");
  }
  const wanted = { ...parsed, ref: ref ?? parsed.ref };
  const open = async () => ({ ...(await openSource(manifest, options, host, wanted)), skill: parsed.skill });
  return parsed.maybeSite ? await orSite(manifest, options, wanted, open) : await open();
}

const NOTHING = { subpath: ".", refAndPath: null, skill: null, maybeSite: false };

/** Chooses among what was found, and writes it into the manifest's text. @throws EdenError as `chooseSkills`; `DUPLICATE_SKILL_ID`. */
export async function wantedOf(
  manifest: Manifest,
  before: string,
  host: Host,
  request: InstallRequest,
  opened: OpenedSource & { skill: string | null },
): Promise<Wanted> {
  if (opened.skills.length === 0) throw nothingFound(opened);
  const skills = opened.skill === null ? request.skills : [...request.skills, opened.skill];
  const chosen = await chooseSkills(opened.skills, { ...request, skills });
  const targets = chosenTargets(request.targets, manifest, host);
  const { site } = opened;
  const repo = site === undefined ? portableSource(opened.repo, manifest, host) : "";
  const source = { repo, ...(opened.ref !== null && { ref: opened.ref }) };
  let text = before;
  for (const { id, path } of chosen) {
    const known = manifest.skills.find((skill) => skill.id === id);
    const own = site === undefined ? { ...source, ...(path !== "." && { subpath: path }) } : siteSource(site, id);
    const draft = { id, source: own, targets };
    if (known === undefined) text = await appendSkill(text, request.copy ? { ...draft, mode: "copy" } : draft);
    else text = await changeSkill(text, known.index, changesTo(known, draft, request));
  }
  const notes = [
    ...chosen.flatMap(({ id, warnings }) => warnings.map((warning) => `${id}: ${warning}`)),
    ...opened.skipped.map(({ path, reason }) => `${path} is left out: ${reason}`),
  ];
  return { ids: chosen.map(({ id }) => id), chosen, text, notes };
}

/** A skill that is there already, from the same source, may get a ref, further targets, or become a copy. */
function changesTo(
  known: ManifestSkill,
  draft: { id: string; source: { repo: string; ref?: string; subpath?: string }; targets: TargetDraft[] },
  { targets, copy, ref }: InstallRequest,
) {
  const { source } = known;
  const isSame =
    source.kind !== "registry" && source.repo === draft.source.repo && source.subpath === (draft.source.subpath ?? ".");
  if (!isSame) {
    const from = source.kind === "registry" ? `registry skill ${source.name}` : `${source.repo} ${source.subpath}`;
    throw new EdenError("DUPLICATE_SKILL_ID", `the manifest has another skill ${known.id}, from ${from}`, {
      hint: "Give the new one another name with --id, or remove the other one first.",
    });
  }
  const there = known.targets.flatMap(({ agents, environment, root }) =>
    agents.map((agent): TargetDraft => ({ agent, environment, ...(agent === "custom" && { path: root }) })),
  );
  const isThere = (one: TargetDraft) =>
    there.some(({ agent, path }) => agent === one.agent && (path ?? "") === (one.path ?? ""));
  const more = draft.targets.filter((one) => !isThere(one));
  return {
    ...(targets.length > 0 && more.length > 0 && { targets: [...there, ...more] }),
    ...(copy && { mode: "copy" }),
    ...((ref !== null || draft.source.ref !== undefined) &&
      draft.source.ref !== undefined && { ref: draft.source.ref }),
  };
}

function nothingFound({ skipped, repo }: OpenedSource): EdenError {
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
