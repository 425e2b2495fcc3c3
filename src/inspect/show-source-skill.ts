import { sanitize } from "../errors.js";
import { chosenOf } from "../install/chosen-skills.js";
import { completeRequest, lookAtSource } from "../install/install-request.js";
import type { LookedAt } from "../install/looked-at.js";
import type { Manifest, ManifestSkill, SkillSource } from "../manifest/document/manifest.js";
import type { RunContext } from "../run/run-context.js";
import { fetchSiteSkill } from "../site/fetch-site-skill.js";
import type { DiscoveredSkill } from "../source/discovery.js";
import type { Site } from "../source/site.js";
import { oneTask } from "../run/one-task.js";
import { contentOfSkill, originOf, syncOne } from "./show-manifest-skill.js";
import type { ShownSkill } from "./shown-skill.js";
import { contentOf, type SkillContent } from "./skill-content.js";

/** The skills of a source. @throws EdenError as `lookAtSource`. */
export async function lookAt(context: RunContext, manifest: Manifest, source: string): Promise<LookedAt> {
  return await lookAtSource(context, manifest, completeRequest({ source }));
}

/**
 * One skill of a source, which is not in the manifest.
 * @param name null for the only one.
 * @throws EdenError as `chosenOf`; if it cannot be fetched.
 */
export async function chosenSkill(
  context: RunContext,
  manifest: Manifest,
  opened: LookedAt,
  name: string | null,
): Promise<ShownSkill> {
  const request = completeRequest({ source: opened.repo, skills: name === null ? [] : [name] });
  const [chosen] = (await chosenOf(request, opened, false)).chosen;
  if (chosen === undefined) throw new TypeError("no skill was chosen");
  const shown = { id: chosen.id, state: null, targets: [], collection: null };
  if (opened.site !== undefined) {
    const origin = { repo: sanitize(opened.repo), ref: null, subpath: chosen.path, commit: null };
    const content = await siteContent(context, manifest, opened.site, chosen);
    return { ...shown, ...content, origin: { ...origin, registry_version: null } };
  }
  const skill = skillOf(chosen, opened.source);
  if (skill.source.kind === "directory") {
    const nowhere = { commit: "", tree: "", integrity: "" };
    return { ...shown, ...(await contentOfSkill(manifest, skill, nowhere)), origin: originOf(skill.source, nowhere) };
  }
  const { source, version } = await syncOne(context, manifest, skill, { lockfile: null });
  const content = await contentOfSkill(manifest, { ...skill, source }, version);
  return { ...shown, ...content, origin: originOf(source, version) };
}

/** A found skill as one of a manifest, without targets. */
function skillOf({ id, path }: DiscoveredSkill, source: SkillSource | undefined): ManifestSkill {
  if (source === undefined) throw new TypeError("a source without a place");
  return {
    id,
    index: 0,
    priority: 0,
    enabled: true,
    groups: [],
    isHere: true,
    source: source.kind === "registry" ? source : { ...source, subpath: path },
    installMode: "symlink",
    alias: null,
    targets: [],
    verify: { enabled: false, checks: [] },
    noExecMetadataOnly: false,
  };
}

async function siteContent(
  context: RunContext,
  { limits, storageRoot }: Manifest,
  site: Site,
  { path }: DiscoveredSkill,
): Promise<SkillContent> {
  const skill = site.skills.get(path);
  if (skill === undefined) throw new TypeError(`${path} is not in the index`);
  const files = await oneTask(context, {
    key: `${site.base} ${path}`,
    name: skill.name,
    host: site.index.hostname,
    run: async (signal) => await fetchSiteSkill({ ...site, limits, storageRoot }, site.index, skill, signal),
  });
  const contents = new Map(files.map((file) => [file.path, file.content]));
  const shown = files.map((file) => ({ path: file.path, mode: file.mode, bytes: file.content.length }));
  return await contentOf(shown, (file) => contents.get(file) ?? Buffer.alloc(0));
}
