import { isAbsolute, normalize } from "node:path";
import * as z from "zod/mini";
import { mapOf } from "../../system/parse-json.js";
import { isObjectId } from "../names/object-id.js";
import { addEntry, type ForeignFile } from "./foreign-skill.js";
import { readFields } from "./read-fields.js";

const text = z.optional(z.nullable(z.string()));
const marketplaceSchema = z.object({
  source: z.object({ source: text, repo: text, url: text, ref: text, path: text }),
});
const settingsSchema = z.object({
  enabledPlugins: mapOf(z.union([z.boolean(), z.array(z.string())])),
  extraKnownMarketplaces: z.prefault(mapOf(marketplaceSchema), {}),
});
const installationSchema = z.object({ installPath: text, gitCommitSha: text });
const installedSchema = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  plugins: mapOf(z.union([z.array(installationSchema), installationSchema])),
});

type Marketplace = z.infer<typeof marketplaceSchema>;

/** What Claude Code knows on this machine. */
export interface ClaudePlugins {
  /** The directory of its plugins, absolute. */
  directory: string;
  marketplaces: ReadonlyMap<string, Marketplace>;
  /** Installations by the id of the plugin. */
  installed: ReadonlyMap<string, z.infer<typeof installationSchema>[]>;
}

/** A `known_marketplaces.json`. @throws EdenError `IMPORT_INVALID` that names the first wrong field. */
export function readMarketplaces(document: unknown): ClaudePlugins["marketplaces"] {
  return readFields(mapOf(marketplaceSchema), document);
}

/** An `installed_plugins.json`. @throws EdenError `IMPORT_INVALID` that names the first wrong field. */
export function readInstalled(document: unknown): ClaudePlugins["installed"] {
  return new Map([...readFields(installedSchema, document).plugins].map(([id, one]) => [id, [one].flat()]));
}

/**
 * The marketplace that every installation knows; no file can give its name to another one.
 */
const OFFICIAL: [string, Marketplace] = [
  "claude-plugins-official",
  { source: { source: "github", repo: "anthropics/claude-plugins-official" } },
];

/** True for settings of Claude Code that have plugins. */
export function isClaudeSettings(document: unknown): boolean {
  return z.safeParse(z.looseObject({ enabledPlugins: z.record(z.string(), z.unknown()) }), document).success;
}

/** True for an `installed_plugins.json`. */
export function isClaudeInstalled(document: unknown): boolean {
  const schema = z.looseObject({ version: z.number(), plugins: z.record(z.string(), z.unknown()) });
  return z.safeParse(schema, document).success;
}

/**
 * Reads the plugins that settings of Claude Code enable, with their marketplaces, and the commits of
 * those that are installed here.
 * @throws EdenError `IMPORT_INVALID` that names the first wrong field.
 */
export function readClaudeSettings(document: unknown, here: ClaudePlugins): ForeignFile {
  const { enabledPlugins, extraKnownMarketplaces } = readFields(settingsSchema, document);
  const file = emptyFile("settings of Claude Code");
  const wanted = [...enabledPlugins].filter(([id, enabled]) => {
    if (enabled === false) file.skipped.push({ id, code: "SETTINGS_LEFT", reason: "it is disabled" });
    return enabled !== false;
  });
  // What is known already is not replaced by settings, which a repository may have.
  const marketplaces = new Map([...extraKnownMarketplaces, ...here.marketplaces]);
  addPlugins(
    file,
    wanted.map(([id]) => id),
    { ...here, marketplaces },
  );
  return file;
}

/** All plugins that are installed. */
export function readClaudeInstalled(here: ClaudePlugins): ForeignFile {
  const file = emptyFile("installed plugins of Claude Code");
  addPlugins(file, [...here.installed.keys()], here);
  return file;
}

function emptyFile(format: string): ForeignFile {
  return { format, skills: [], skipped: [], agents: ["claude-code"] };
}

function addPlugins(file: ForeignFile, ids: readonly string[], here: ClaudePlugins): void {
  const { directory, installed } = here;
  const marketplaces = new Map([...here.marketplaces, OFFICIAL]);
  for (const id of ids) {
    const [, plugin = id, name = ""] = /^(.*)@([^@]*)$/su.exec(id) ?? [];
    const place = placeOf(marketplaces.get(name), name);
    if ("reason" in place) {
      file.skipped.push({ id, code: "INVALID_REPO_URL", reason: place.reason });
      continue;
    }
    const { installPath: path = null, gitCommitSha: commit = null } = installed.get(id)?.[0] ?? {};
    const isOurs = path !== null && isAbsolute(path) && normalize(path).startsWith(`${directory}/cache/`);
    const pin = {
      ...(commit !== null && isObjectId(commit) && { commit }),
      ...(isOurs && { copy: normalize(path) }),
    };
    addEntry(file, id, { ...place, plugin, ...pin }, true);
  }
}

function placeOf(
  marketplace: Marketplace | undefined,
  name: string,
): { source: string; ref: string } | { reason: string } {
  if (marketplace === undefined) return { reason: `no file says where its marketplace ${name} is` };
  const { source: kind, repo, url, ref, path } = marketplace.source;
  const source = kind === "github" ? repo : kind === "git" ? url : null;
  if (source == null) return { reason: `its marketplace ${name} is no repository (${kind ?? "no source"})` };
  if (path != null && !/^(?:\.\/)?\.claude-plugin\/marketplace\.json$/u.test(path))
    return { reason: `the list of its marketplace ${name} is not at the usual path` };
  return { source, ref: ref ?? "" };
}
