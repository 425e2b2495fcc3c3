import { posix } from "node:path";
import { parseJson } from "../system/parse-json.js";
import { installFrom, pluginHome, type PluginHome } from "./plugin-home.js";
import { agentPluginSchema, marketplaceSchema, pluginSchema } from "./plugin-schemas.js";

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

/** A plugin in the list of a marketplace. */
export interface ListedPlugin {
  /** Null if it has none. */
  name: string | null;
  /** The list that names it, and its number there, from 1. */
  file: string;
  number: number;
  /** Null if the list does not say. */
  home: PluginHome | null;
  /** Skills that the list names, and directories of skills, relative to its home. */
  skills: string[];
}

/**
 * The plugins of all lists that exist, by path.
 * @param contents of `PLUGIN_MANIFESTS`. An unreadable one is ignored.
 */
export function listedPlugins(contents: ReadonlyMap<string, string>): ListedPlugin[] {
  return MARKETPLACES.flatMap((file) => {
    const { metadata, plugins = [] } = parseJson(marketplaceSchema, contents.get(file) ?? "") ?? {};
    return plugins.map((plugin, index): ListedPlugin => {
      const home = pluginHome(plugin?.source, metadata?.pluginRoot ?? ".");
      return { name: plugin?.name ?? null, file, number: index + 1, home, skills: plugin?.skills ?? [] };
    });
  });
}

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
  for (const { name: said, file, number, home, skills } of listedPlugins(contents)) {
    const name = said ?? `plugin ${number} of ${file}`;
    if (home === null) continue;
    if ("reason" in home) elsewhere.set(name, `${file} names it: ${home.reason}`);
    else if ("source" in home) elsewhere.set(name, `${file} names it: ${installFrom(home.source)}`);
    else {
      homes.push(posix.normalize(home.path).replace(/\/$/u, ""));
      const own = ["skills", ...skills].map((one) => posix.join(home.path, one));
      for (const place of own) addPlace(places, elsewhere, name, place);
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

function addPlace(places: string[], elsewhere: Map<string, string>, plugin: string, said: string): void {
  const place = posix.normalize(said).replace(/^\.\/|\/$/gu, "");
  if (place.startsWith("/") || place.split("/").includes(".."))
    elsewhere.set(plugin, `its skills are said to be in ${said}, which is outside of this source`);
  else if (place !== "." && place !== "") places.push(place);
}
