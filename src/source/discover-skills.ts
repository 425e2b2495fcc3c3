import type { Discovery, LeftOut } from "./discovery.js";
import { posix } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { agents } from "../manifest/targets/agents.js";
import { findSkillPlaces, liesInside, type SkillPlace } from "../skill/discover.js";
import { isPluginManifest, readPluginManifests } from "../skill/plugin-manifests.js";
import { isSkillFile } from "../skill/skill-file.js";
import { readSubmodules } from "../skill/submodules.js";
import { pluginManifests } from "./find-plugin.js";
import { judgeSkills, type JudgedSkills } from "./judge-skills.js";
import type { SourceLink, SourceView } from "./source-view.js";

/**
 * The skills of a source. Lenient: an invalid name is a warning, a skill without a description is
 * left out. Every directory with a SKILL.md is in the result, as a skill or with the reason why it
 * is left out.
 * @param rootName the name of a skill at the root whose own name is unusable.
 * @throws EdenError `SUBPATH_NOT_FOUND` if the requested directory does not exist.
 */
export async function discoverSkills(asked: SourceView, rootName: string): Promise<Discovery> {
  const links = await asked.links();
  const view = { ...asked, start: startOf(asked, links) };
  const { start } = view;
  const plugins = readPluginManifests(await pluginManifests(view));
  const places = ["skills", ...agentDirectories(), ...plugins.places];
  const all = findSkillPlaces({ paths: [...view.paths, ...linkedFiles(links)], start, places });
  const isPackage = (path: string) => posix.relative(start, path).split("/").includes("node_modules");
  const whole = findSkillPlaces({ paths: view.paths, start: ".", places: [] });
  const followed = plugins.isAgentPlugin ? [] : outsideOf(start, whole, links);
  const wanted = [...all.filter(({ directory }) => !isPackage(directory)), ...followed];
  const judged = await judgeSkills(view, wanted, {
    rootName,
    links: new Map(links.map((link) => [link.path, link])),
    catalogues: new Set([
      ...[...places, ...plugins.homes].map((place) => posix.join(start, place)),
      ...view.paths.filter(isPluginManifest).map((path) => posix.dirname(posix.dirname(path))),
    ]),
  });
  const packages = all.filter(({ directory }) => isPackage(directory));
  const isInSkill = (path: string) => liesInside(path, judged.directories);
  return {
    skills: judged.skills,
    unlisted: judged.unlisted,
    skipped: [
      ...judged.skipped,
      ...packages.map(({ directory }) =>
        leftOut(directory, "it lies in node_modules; name its directory as the source"),
      ),
      ...linksLeftOut(view, links, whole, expectedIn(start, places, judged)).filter(({ path }) => !isInSkill(path)),
      ...(await submodulesLeftOut(view)).filter(({ path }) => !isInSkill(path)),
      ...view.unread.filter(({ path }) => isBelow(path, start)).map(({ path, reason }) => leftOut(path, reason)),
      ...plugins.elsewhere.map(({ name, reason }) => leftOut(sanitize(name), sanitize(reason))),
    ],
  };
}

function leftOut(path: string, reason: string): LeftOut {
  return { path, reason, code: null };
}

/** The requested directory; if it is a link, its destination. */
function startOf({ start, paths }: SourceView, links: readonly SourceLink[]): string {
  const isThere = (directory: string) =>
    directory === "." ||
    [paths, links.map(({ path }) => path)].some((all) => all.some((path) => path.startsWith(`${directory}/`)));
  if (isThere(start)) return start;
  const parts = start.split("/");
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const link = links.find(({ path }) => path === parts.slice(0, depth).join("/"));
    if (link?.to == null) continue;
    const there = posix.join(link.to, ...parts.slice(depth));
    if (isThere(there)) return there;
  }
  throw new EdenError("SUBPATH_NOT_FOUND", `there is no directory ${sanitize(start)} in this source`, {
    stage: "resolve",
    hint: neighbours(paths, start),
  });
}

/** Links that are the SKILL.md of a directory. */
function linkedFiles(links: readonly SourceLink[]): string[] {
  return links.map(({ path }) => path).filter(isSkillFile);
}

/** The skills elsewhere in the source that links below the requested directory lead to. */
function outsideOf(start: string, whole: readonly SkillPlace[], links: readonly SourceLink[]): SkillPlace[] {
  if (start === ".") return [];
  const targets = new Set(links.flatMap(({ path, to }) => (to !== null && isBelow(path, start) ? [to] : [])));
  return whole.filter(({ file, directory }) => liesInside(file, targets) && !isBelow(directory, start));
}

/** Directories in which skills are expected, so that a broken link in them may be a skill. */
function expectedIn(start: string, places: readonly string[], { skills }: JudgedSkills): Set<string> {
  const beside = skills.filter(({ path }) => path !== ".").map(({ path }) => posix.dirname(path));
  return new Set([...places.map((place) => posix.join(start, place)), ...beside]);
}

/**
 * Links to skills, which are found at their real location; and links whose destination is unknown.
 */
function linksLeftOut(
  { start, linksLeft }: SourceView,
  links: readonly SourceLink[],
  whole: readonly SkillPlace[],
  expected: ReadonlySet<string>,
): LeftOut[] {
  const ends = new Set(["."]);
  for (const { directory } of whole)
    for (let at = directory; at !== "." && !ends.has(at); at = posix.dirname(at)) ends.add(at);
  const found = links.flatMap(({ path, text, to }): LeftOut[] => {
    if (!isBelow(path, start) || isSkillFile(path)) return [];
    if (to !== null)
      return ends.has(to) ? [leftOut(path, `a link to ${to === "." ? "the root of the source" : to}`)] : [];
    if (!expected.has(posix.dirname(path)) && !expected.has(path)) return [];
    return [leftOut(path, `a link that leads out of the source, or nowhere: ${sanitize(text)}`)];
  });
  return linksLeft === 0 ? found : [...found, leftOut(start, `${linksLeft} more links in it are not followed`)];
}

/** Submodules of this repository, with their addresses. */
async function submodulesLeftOut({ start, submodules, read }: SourceView): Promise<LeftOut[]> {
  const below = submodules.filter((path) => isBelow(path, start));
  if (below.length === 0) return [];
  const content = (await read([".gitmodules"])).get(".gitmodules");
  const addresses = readSubmodules(content?.toString("utf8") ?? "");
  return below.map((path) => {
    const address = addresses.get(path);
    return leftOut(
      path,
      `a submodule: ${address === undefined ? "another repository" : `install it from ${sanitize(address)}`}`,
    );
  });
}

function isBelow(path: string, start: string): boolean {
  return start === "." || path === start || path.startsWith(`${start}/`);
}

/** The current and former project directories of all known agents, each once. */
function agentDirectories(): string[] {
  return [...new Set(agents.flatMap(({ projectDir, formerly }) => [projectDir ?? [], formerly?.project ?? []].flat()))];
}

/** Suggestions for a missing directory. */
function neighbours(paths: readonly string[], start: string): string {
  const parent = posix.dirname(start);
  const prefix = parent === "." ? "" : `${parent}/`;
  const beside = new Set<string>();
  for (const path of paths) {
    const [first, ...rest] = path.startsWith(prefix) ? path.slice(prefix.length).split("/") : [];
    if (first !== undefined && rest.length > 0) beside.add(`${prefix}${first}`);
  }
  const some = [...beside].slice(0, 8).map(sanitize).join(", ");
  return some === "" ? "Look at the repository for where its skills lie." : `There is: ${some}.`;
}
