import { posix } from "node:path";
import { parseJson } from "../system/parse-json.js";
import { agentPluginSchema, marketplaceSchema, pluginSchema, type PluginSource } from "./plugin-schemas.js";

/**
 * Files, relative to the requested directory, in which a source lists its plugins and the locations
 * of their skills.
 */
const MARKETPLACES = [
  ".claude-plugin/marketplace.json",
  ".agents/plugins/marketplace.json",
  ".cursor-plugin/marketplace.json",
  ".codex-plugin/marketplace.json",
  ".github/plugin/marketplace.json",
];

/** The portable manifest of Agent Plugins: skills are only in `skills/`. */
const AGENT_PLUGIN = "plugin.json";

const PLUGINS = [
  ".claude-plugin/plugin.json",
  ".codex-plugin/plugin.json",
  ".cursor-plugin/plugin.json",
  ".github/plugin/plugin.json",
];

/**
 * True for the manifest of a plugin at any location; the plugin's directory is the parent of the
 * manifest's directory.
 */
export function isPluginManifest(path: string): boolean {
  return PLUGINS.some((one) => path.endsWith(`/${one}`));
}

/** All files that `readPluginManifests` reads. */
export const PLUGIN_MANIFESTS = [...MARKETPLACES, ...PLUGINS, AGENT_PLUGIN];

/** The content of plugin manifests. Paths are relative to the requested directory. */
export interface DeclaredPlugins {
  /** Directories that are skills or contain skills. */
  places: string[];
  /** Directories of plugins. */
  homes: string[];
  /** Plugins whose files are not in this source, or at a path that must not be searched. */
  elsewhere: { name: string; reason: string }[];
  /**
   * True for a plugin that follows the Agent Plugins specification: files outside of it that its
   * skills link to are not part of it.
   */
  isAgentPlugin: boolean;
}

/**
 * Reads the existing manifests, by path. An unreadable manifest is ignored; discovery still finds
 * the skills.
 */
export function readPluginManifests(contents: ReadonlyMap<string, string>): DeclaredPlugins {
  const places: string[] = [];
  const homes: string[] = [];
  const elsewhere = new Map<string, string>();
  for (const path of MARKETPLACES) {
    const { metadata, plugins = [] } = parseJson(marketplaceSchema, contents.get(path) ?? "") ?? {};
    const root = metadata?.pluginRoot ?? ".";
    for (const [index, plugin] of plugins.entries()) {
      const name = plugin?.name ?? `plugin ${index + 1} of ${path}`;
      const home = homeOf(plugin?.source, root);
      if (home === null) continue;
      if ("reason" in home) elsewhere.set(name, `${path} names it: ${home.reason}`);
      else {
        homes.push(posix.normalize(home.path).replace(/\/$/u, ""));
        const own = [
          posix.join(home.path, "skills"),
          ...(plugin?.skills ?? []).map((one) => posix.join(home.path, one)),
        ];
        for (const place of own) addPlace(places, elsewhere, name, place);
      }
    }
  }
  for (const path of PLUGINS) {
    const { name = path, skills = [] } = parseJson(pluginSchema, contents.get(path) ?? "") ?? {};
    for (const place of skills) addPlace(places, elsewhere, name, place);
  }
  const agentPlugin = parseJson(agentPluginSchema, contents.get(AGENT_PLUGIN) ?? "");
  return {
    places: [...new Set(places)],
    homes,
    elsewhere: [...elsewhere].map(([name, reason]) => ({ name, reason })),
    isAgentPlugin: /agent-plugins\.org\/schemas\//u.test(agentPlugin?.$schema ?? ""),
  };
}

/**
 * The location of a plugin's files: below the requested directory, or the reason why not; null if
 * the manifest does not say.
 */
function homeOf(source: PluginSource, root: string): { path: string } | { reason: string } | null {
  if (source === undefined) return null;
  if (typeof source === "string") {
    if (/^[a-z][a-z0-9+.-]*:\/\/|^[^/\s]+@[^/\s]+:/iu.test(source)) return { reason: `install it from ${source}` };
    // A bare name is a directory below the plugins' root.
    return { path: source.startsWith("./") || source === "." ? source : posix.join(root, source) };
  }
  const { url, package: npm, version, registry, ref = source.sha } = source;
  const behind = ref === undefined ? "" : `#${ref}`;
  const path = (source.path ?? "").replace(/^\.?\/+|\/+$/gu, "");
  const repo = source.repo ?? githubName(url);
  if (source.source === "local" || (path !== "" && repo === undefined && url === undefined))
    return { path: source.path ?? "." };
  if (repo !== undefined)
    return { reason: `install it from ${repo}${path === "" || path === "." ? "" : `/${path}`}${behind}` };
  // Some manifests write the directory itself as an address.
  if (url !== undefined && /^\.{1,2}(?:\/|$)/u.test(url)) return { path: posix.join(url, path) };
  if (url !== undefined)
    return { reason: `install it from ${url}${path === "" || path === "." ? "" : `//${path}`}${behind}` };
  // The same name in another registry is another package.
  if (npm !== undefined && registry !== undefined)
    return {
      reason: `it is the package ${npm} of ${registry}: with that registry in .npmrc, install it from npm:${npm}`,
    };
  if (npm !== undefined) return { reason: `install it from npm:${npm}${version === undefined ? "" : `@${version}`}` };
  const isEmpty = Object.values(source).every((value) => value === undefined);
  return isEmpty ? null : { reason: "it has a source of an unknown kind" };
}

/** `owner/repo` for an address of a repository on GitHub. */
function githubName(url: string | undefined): string | undefined {
  const match = /^https:\/\/github\.com\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/iu.exec(url ?? "");
  return match === null ? undefined : `${match[1]}/${match[2]}`;
}

function addPlace(places: string[], elsewhere: Map<string, string>, plugin: string, said: string): void {
  const place = posix.normalize(said).replace(/^\.\/|\/$/gu, "");
  if (place.startsWith("/") || place.split("/").includes(".."))
    elsewhere.set(plugin, `its skills are said to be in ${said}, which is outside of this source`);
  else if (place !== "." && place !== "") places.push(place);
}
