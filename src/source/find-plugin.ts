import { posix } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { nearestWord } from "../manifest/names/nearest-word.js";
import type { ShortSource } from "../manifest/source/short-source.js";
import { listedPlugins, PLUGIN_MANIFESTS } from "../skill/plugin-manifests.js";
import type { SourceView } from "./source-view.js";

/** A plugin of a marketplace. */
export interface FoundPlugin {
  /** Its directory in the marketplace's source, or another source. */
  home: { path: string } | { source: ShortSource };
  /** Directories relative to its home, the only ones with skills of it; none if all are. */
  skills: string[];
}

/**
 * Finds a plugin by name in the marketplace files of the requested directory. If several list it,
 * the first file counts.
 * @throws EdenError `PLUGIN_NOT_FOUND`, also for a plugin without a usable source.
 */
export async function findPlugin(view: SourceView, name: string): Promise<FoundPlugin> {
  const listed = listedPlugins(await pluginManifests(view));
  const plugin = listed.find((one) => one.name === name);
  if (plugin === undefined) {
    const names = listed.flatMap((one) => one.name ?? []);
    throw notFound(`the marketplace has no plugin ${JSON.stringify(sanitize(name))}`, hintOf(name, names));
  }
  const { home, file } = plugin;
  if (home === null || "reason" in home)
    throw notFound(`${file} names ${sanitize(name)}, but ${sanitize(home?.reason ?? "not its place")}`);
  const skills = plugin.skills.map(directoryOf);
  if ("source" in home) return { home, skills };
  const path = posix.join(view.start, home.path).replace(/\/$/u, "");
  if (path.split("/").includes("..") || path.startsWith("/"))
    throw notFound(`${file} names ${sanitize(name)}, but its directory is outside of this source`);
  // The usual directory counts as well, except where it is that of all plugins of the marketplace.
  const isOwn = path !== posix.normalize(view.start);
  return { home: { path }, skills: skills.length > 0 && isOwn ? ["skills", ...skills] : skills };
}

/** The texts of the plugin manifests in the requested directory, by path below it. */
export async function pluginManifests({ start, paths, read }: SourceView): Promise<Map<string, string>> {
  const there = new Set(paths);
  const declared = PLUGIN_MANIFESTS.map((path) => posix.join(start, path)).filter((path) => there.has(path));
  const texts = await read(declared);
  return new Map([...texts].map(([path, content]) => [posix.relative(start, path), content.toString("utf8")]));
}

/** Some manifests name the SKILL.md itself. */
function directoryOf(path: string): string {
  return posix.normalize(path.replace(/(?:^|\/)SKILL\.md$/iu, "") || ".").replace(/\/$/u, "");
}

function notFound(message: string, hint?: string): EdenError {
  return new EdenError("PLUGIN_NOT_FOUND", message, { stage: "resolve", ...(hint !== undefined && { hint }) });
}

function hintOf(name: string, names: readonly string[]): string {
  const near = nearestWord(name, names);
  if (near !== null) return `Did you mean ${sanitize(near)}?`;
  if (names.length === 0) return "It has no marketplace file. Without the name of a plugin, its skills are installed.";
  return `It has: ${names.slice(0, 30).map(sanitize).join(", ")}${names.length > 30 ? " …" : ""}.`;
}
