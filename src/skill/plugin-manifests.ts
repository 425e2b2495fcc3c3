import { posix } from "node:path";

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

/** Maximum number of plugins of one manifest, and of skills of one plugin. */
const MOST = 1000;

/**
 * Reads the existing manifests, by path. An unreadable manifest is ignored; discovery still finds
 * the skills.
 */
export function readPluginManifests(texts: ReadonlyMap<string, string>): DeclaredPlugins {
  const places: string[] = [];
  const homes: string[] = [];
  const elsewhere = new Map<string, string>();
  for (const path of MARKETPLACES) {
    const marketplace = parse(texts.get(path));
    const root = textOf(record(marketplace["metadata"])["pluginRoot"]) ?? ".";
    const plugins = Array.isArray(marketplace["plugins"]) ? marketplace["plugins"].slice(0, MOST).map(record) : [];
    for (const [index, plugin] of plugins.entries()) {
      const name = textOf(plugin["name"]) ?? `plugin ${index + 1} of ${path}`;
      const home = homeOf(plugin["source"], root);
      if (home === null) continue;
      if ("reason" in home) elsewhere.set(name, `${path} names it: ${home.reason}`);
      else {
        homes.push(posix.normalize(home.path).replace(/\/$/u, ""));
        const own = [
          posix.join(home.path, "skills"),
          ...textsOf(plugin["skills"]).map((one) => posix.join(home.path, one)),
        ];
        for (const place of own) addPlace(places, elsewhere, name, place);
      }
    }
  }
  for (const path of PLUGINS) {
    const plugin = parse(texts.get(path));
    for (const place of textsOf(plugin["skills"])) addPlace(places, elsewhere, textOf(plugin["name"]) ?? path, place);
  }
  return {
    places: [...new Set(places)],
    homes,
    elsewhere: [...elsewhere].map(([name, reason]) => ({ name, reason })),
    isAgentPlugin: /agent-plugins\.org\/schemas\//u.test(textOf(parse(texts.get(AGENT_PLUGIN))["$schema"]) ?? ""),
  };
}

/**
 * The location of a plugin's files: below the requested directory, or the reason why not; null if
 * the manifest does not say.
 */
function homeOf(source: unknown, root: string): { path: string } | { reason: string } | null {
  if (typeof source === "string") {
    if (textOf(source) === null) return null;
    if (/^[a-z][a-z0-9+.-]*:\/\/|^[^/\s]+@[^/\s]+:/iu.test(source)) return { reason: `install it from ${source}` };
    // A bare name is a directory below the plugins' root.
    return { path: source.startsWith("./") || source === "." ? source : posix.join(root, source) };
  }
  const said = record(source);
  const at = (key: string) => textOf(said[key]);
  const ref = at("ref") ?? at("sha");
  const behind = ref === null ? "" : `#${ref}`;
  const path = (at("path") ?? "").replace(/^\.?\/+|\/+$/gu, "");
  const repo = at("repo") ?? githubName(at("url"));
  if (at("source") === "local" || (path !== "" && repo === null && at("url") === null))
    return { path: at("path") ?? "." };
  if (repo !== null)
    return { reason: `install it from ${repo}${path === "" || path === "." ? "" : `/${path}`}${behind}` };
  const url = at("url");
  // Some manifests write the directory itself as an address.
  if (url !== null && /^\.{1,2}(?:\/|$)/u.test(url)) return { path: posix.join(url, path) };
  if (url !== null)
    return {
      reason: `install it from ${url}${behind}${path === "" || path === "." ? "" : `, where it is in ${path}`}`,
    };
  const npm = at("package");
  if (npm !== null) return { reason: `it is the npm package ${npm}, which is not a source of skills` };
  return Object.keys(said).length === 0 ? null : { reason: "it has a source of an unknown kind" };
}

/** `owner/repo` for an address of a repository on GitHub. */
function githubName(url: string | null): string | null {
  const match = /^https:\/\/github\.com\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/iu.exec(url ?? "");
  return match === null ? null : `${match[1]}/${match[2]}`;
}

function addPlace(places: string[], elsewhere: Map<string, string>, plugin: string, said: string): void {
  const place = posix.normalize(said).replace(/^\.\/|\/$/gu, "");
  if (place.startsWith("/") || place.split("/").includes(".."))
    elsewhere.set(plugin, `its skills are said to be in ${said}, which is outside of this source`);
  else if (place !== "." && place !== "") places.push(place);
}

function parse(content: string | undefined): Record<string, unknown> {
  if (content === undefined) return {};
  try {
    return record(JSON.parse(content.replace(/^\ufeff/u, "")));
  } catch {
    return {};
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value.length <= 1024 ? value : null;
}

function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value.slice(0, MOST) : [value]).flatMap((one) => textOf(one) ?? []);
}
