import * as z from "zod/mini";
import { mapOf } from "../../system/parse-json.js";
import { addEntry, type ForeignFile } from "./foreign-skill.js";

const fileSchema = z.object({
  skills: mapOf(z.string()),
  // eslint-disable-next-line promise/valid-params -- it is zod's
  registries: z.catch(z._default(z.record(z.string(), z.string()), {}), {}),
  defaults: z.optional(
    z.object({
      // eslint-disable-next-line promise/valid-params -- it is zod's
      targetAgents: z.catch(z._default(z.array(z.string()), []), []),
    }),
  ),
});

const HOSTS: Readonly<Record<string, string>> = { github: "https://github.com", gitlab: "https://gitlab.com" };

/**
 * Reads the `skills.json` of reskill: `{skills: {<name>: <source>[@<version>]}, registries?, defaults?}`,
 * where a source is `registry:owner/repo[/path]`, or an address, with a path after `.git`.
 * @returns null for anything else.
 */
export function readReskill(document: unknown): ForeignFile | null {
  const { data } = z.safeParse(fileSchema, document);
  if (data === undefined || [...data.skills].length === 0) return null;
  const agents = [...new Set(data.defaults?.targetAgents ?? [])];
  const file: ForeignFile = { format: "skills.json of reskill", skills: [], skipped: [], agents };
  const hosts = new Map(Object.entries({ ...HOSTS, ...data.registries }));
  for (const [id, text] of data.skills) {
    const entry = entryOf(text, hosts);
    if ("code" in entry) file.skipped.push({ id, ...entry });
    else addEntry(file, id, { id, ...entry });
  }
  return file;
}

/** The most characters of a source; the expressions below are for short texts. */
const MOST_CHARACTERS = 2048;

type Entry = { source: string; ref?: string; subpath?: string } | { code: string; reason: string };

function entryOf(text: string, hosts: ReadonlyMap<string, string>): Entry {
  if (text.length > MOST_CHARACTERS)
    return { code: "INVALID_REPO_URL", reason: `a source has at most ${MOST_CHARACTERS} characters` };
  // The `@` of `git@host:` is before the path.
  const { place = text, version } =
    /^(?<place>.+?[/:].*?[^/:@])(?:@(?<version>[^/@]+(?:\/[^@]*)?))?$/u.exec(text)?.groups ?? {};
  const ref = version === undefined ? undefined : refOf(version);
  if (ref === null) {
    return { code: "INVALID_REF", reason: `it follows versions (@${version}): name a tag or a branch` };
  }
  const at = ref === undefined ? {} : { ref };
  const {
    registry = "",
    repo = "",
    path,
  } = /^(?<registry>[\w.-]+):(?<repo>[^/:@\s]+\/[^/\s]+)(?:\/(?<path>\S+))?$/u.exec(place)?.groups ?? {};
  const host = hosts.get(registry) ?? (registry.includes(".") ? `https://${registry}` : undefined);
  if (repo !== "" && host !== undefined) {
    return { source: `${host.replace(/\/+$/u, "")}/${repo}.git`, ...at, ...(path !== undefined && { subpath: path }) };
  }
  const { address, inside } = /^(?<address>(?:https|ssh|git@).+?\.git)\/(?<inside>\S+)$/u.exec(place)?.groups ?? {};
  if (address !== undefined && inside !== undefined) return { source: address, ...at, subpath: inside };
  if (/^(?:https|ssh|git@)/u.test(place) && !/\.(?:tar\.gz|tgz|zip|tar)$/iu.test(place))
    return { source: place, ...at };
  return { code: "INVALID_REPO_URL", reason: "it comes from no repository and no directory" };
}

/** The ref of a version; null for one that a ref cannot express. */
function refOf(version: string): string | null {
  const named = /^(?:branch|commit):(?<name>.+)$/u.exec(version)?.groups?.["name"];
  if (named !== undefined) return named;
  return version === "latest" || /^[\^~<>=*]/u.test(version) ? null : version;
}
