import { posix } from "node:path";

/** Files, from the directory that was asked for, in which a source says which plugins it has, and where their skills are. */
const MARKETPLACES = [
  ".claude-plugin/marketplace.json",
  ".agents/plugins/marketplace.json",
  ".cursor-plugin/marketplace.json",
  ".codex-plugin/marketplace.json",
  ".github/plugin/marketplace.json",
];

/** The portable manifest of Agent Plugins: skills are in `skills/` and nowhere else. */
const AGENT_PLUGIN = "plugin.json";

const PLUGINS = [
  ".claude-plugin/plugin.json",
  ".codex-plugin/plugin.json",
  ".cursor-plugin/plugin.json",
  ".github/plugin/plugin.json",
];

/** True for the manifest of a plugin, wherever that lies; its directory is above the one that it is in. */
export function isPluginManifest(path: string): boolean {
  return PLUGINS.some((one) => path.endsWith(`/${one}`));
}

/** All files that `readPluginManifests` looks at. */
export const PLUGIN_MANIFESTS = [...MARKETPLACES, ...PLUGINS, AGENT_PLUGIN];

/** What the manifests of plugins say. Paths are from the directory that was asked for. */
export interface DeclaredPlugins {
  /** Directories of skills, or with skills in them. */
  places: string[];
  /** Directories of plugins. */
  homes: string[];
  /** Plugins whose files are not in this source, or are said to be where nothing may be looked for. */
  elsewhere: { name: string; reason: string }[];
  /** True for a plugin by the Agent Plugins specification: what its skills lead to outside of it is not a part of it. */
  isAgentPlugin: boolean;
}

/** Plugins of one manifest, and skills of one plugin, that are looked at. */
const MOST = 1000;

/** Reads the manifests that are there, by their paths. One that cannot be read says nothing; the skills are found all the same. */
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

/** Where the files of a plugin are: below the directory that was asked for, or why not here; null when nothing is said. */
function homeOf(source: unknown, root: string): { path: string } | { reason: string } | null {
  if (typeof source === "string") {
    if (textOf(source) === null) return null;
    if (/^[a-z][a-z0-9+.-]*:\/\/|^[^/\s]+@[^/\s]+:/iu.test(source)) return { reason: `install it from ${source}` };
    // A bare name stands for a directory below the plugins' root.
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
  // Some write the directory itself as an address.
  if (url !== null && /^\.{1,2}(?:\/|$)/u.test(url)) return { path: posix.join(url, path) };
  if (url !== null)
    return {
      reason: `install it from ${url}${behind}${path === "" || path === "." ? "" : `, where it is in ${path}`}`,
    };
  const npm = at("package");
  if (npm !== null) return { reason: `it is the npm package ${npm}, which is no source of skills` };
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
