import { basename, dirname, join, relative } from "node:path";
import * as z from "zod/mini";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { entryNameProblem } from "./entry-name.js";
import { parseJson } from "../system/parse-json.js";
import { readTextIfExists } from "../system/read-files.js";

/** Below the manifest's directory: the files of skills of sites. */
export const SITES = "well-known";

const originSchema = z.object({
  /** The site, or the part of it, with the index. */
  site: z.string(),
  index: z.string(),
  url: z.string(),
  /** Its name in the index; absent if it is that of its directory. */
  name: z.optional(z.string()),
  /** From the index; null if it has none. */
  digest: z.nullable(z.string()),
});

const recordSchema = z.extend(originSchema, { format_version: z.literal(1), integrity: z.string() });

/** The origin of a skill. */
export type SiteOrigin = z.infer<typeof originSchema>;

/** The file beside a skill's directory, as an install wrote it. */
export type SiteRecord = z.infer<typeof recordSchema>;

/** The file with the record of a skill's directory. */
export function recordOf(path: string): string {
  return `${path}.source.json`;
}

/** The text of a record. */
export function recordText(origin: SiteOrigin, integrity: string): string {
  return `${JSON.stringify({ format_version: 1, ...origin, integrity }, null, 2)}\n`;
}

/** A record from its text; null if it is invalid. */
export function parseRecord(text: string): SiteRecord | null {
  return parseJson(recordSchema, text);
}

/**
 * The record of a directory where skills of sites are kept. The path is in the manifest, so its host
 * is trusted: a record that names another one does not count.
 */
export function siteRecord({ directory }: Pick<Manifest, "directory">, path: string): SiteRecord | null {
  const record = isSitePlace(directory, path) ? recordBeside(path) : null;
  return record !== null && isHostOf(record.site, path) ? record : null;
}

/** The record of a directory, whatever it names; null if there is none, or it is invalid. */
export function recordBeside(path: string): SiteRecord | null {
  const text = readTextIfExists(recordOf(path));
  return text === null ? null : parseRecord(text);
}

/** True for `well-known/<host>/<skill>` beside the manifest. */
function isSitePlace(directory: string, path: string): boolean {
  const [top, host = "", skill = "", ...more] = relative(directory, path).split("/");
  return top === SITES && host !== "" && skill !== "" && more.length === 0;
}

/** True if a site is on the host that the path of a skill names. */
export function isHostOf(site: string, path: string): boolean {
  try {
    return hostDirectory(new URL(site)) === basename(dirname(path));
  } catch {
    return false;
  }
}

/**
 * Converts the host of an address into a directory name: it has a colon before its port, or several.
 * @throws EdenError `INVALID_REPO_URL`.
 */
export function hostDirectory({ host }: URL): string {
  const name = host
    .replace(/[[\]]/gu, "")
    .replace(/\.(?=:|$)/u, "")
    .replaceAll(":", "_");
  const problem = entryNameProblem(name);
  if (problem !== null) throw new EdenError("INVALID_REPO_URL", `the name of the host ${problem}`);
  return name;
}

/** The directory of the skills of a site. */
export function siteDirectory({ directory }: Pick<Manifest, "directory">, origin: string): string {
  return join(directory, SITES, hostDirectory(new URL(origin)));
}
