import { EdenError, errorMessage, type Problem } from "../../errors.js";
import { parseToml } from "../format/parse-toml.js";
import type { ForeignFile } from "./foreign-skill.js";
import { parseYaml } from "../format/parse-yaml.js";
import { readAgentsToml } from "./read-agents-toml.js";
import { isApm, readApm } from "./read-apm.js";
import { apmLockFile, readApmLock } from "./read-apm-lock.js";
import {
  isClaudeInstalled,
  isClaudeSettings,
  readClaudeInstalled,
  readClaudeSettings,
  readInstalled,
  readMarketplaces,
  type ClaudePlugins,
} from "./read-claude.js";
import { readPackageJson } from "./read-package-json.js";
import { withoutComments } from "./json-with-comments.js";
import { readReskill } from "./read-reskill.js";
import { readRulesync } from "./read-rulesync.js";
import { isSkillshareStore, readSkillshareConfig, readSkillshareStore, SKILLSHARE_STORE } from "./read-skillshare.js";
import { readSkillsLock } from "./read-skills-lock.js";

/** Maximum bytes of a file. */
export const MOST_FOREIGN_BYTES = 8 * 1024 * 1024;

const EXPECTED =
  "expected skills-lock.json, .skill-lock.json, agents.toml, apm.yml, apm.lock.yaml, rulesync.jsonc, the skills.json of reskill, config.yaml or .metadata.json of skillshare, settings.json or installed_plugins.json of Claude Code, a directory of skills of gh, or a package.json with a list `skills`";

/** Other files of the tools. */
export interface Surroundings {
  /** The bytes of a file by its path relative to the first one; null if there is none. */
  beside(path: string): Uint8Array | null;
  /** The directory of the plugins of Claude Code, absolute. */
  claudePlugins: string;
  /** The bytes of a file in it. */
  inClaudePlugins(name: string): Uint8Array | null;
}

/**
 * Reads the file of another tool, which is recognised by its name and content.
 * @param name without its directory.
 * @throws EdenError `IMPORT_INVALID` for a file that none of the tools writes; an invalid entry is
 *   in `skipped`.
 */
export async function readForeign(bytes: Uint8Array, name: string, around: Surroundings): Promise<ForeignFile> {
  if (bytes.byteLength > MOST_FOREIGN_BYTES) {
    throw new EdenError(
      "IMPORT_INVALID",
      `the file has ${bytes.byteLength} bytes; at most ${MOST_FOREIGN_BYTES} are read`,
    );
  }
  const file = await fileOf(bytes, name, around);
  if (file !== null) return file;
  const isManifest = isToml(name) && Array.isArray(tomlOf(bytes)["skills"]);
  throw new EdenError("IMPORT_INVALID", EXPECTED, {
    ...(isManifest && { hint: "A skills.toml is taken over with `eden-skills config import --from FILE`." }),
  });
}

async function fileOf(bytes: Uint8Array, name: string, around: Surroundings): Promise<ForeignFile | null> {
  const { beside } = around;
  if (isToml(name)) return readAgentsToml(tomlOf(bytes));
  if (!/\.ya?ml$/iu.test(name)) return await jsonFile(jsonOf(bytes, /\.jsonc$/iu.test(name)), around);
  const document = await yamlOf(bytes);
  if (/^(?:config|registry)\.ya?ml$/iu.test(name)) {
    const store = beside(SKILLSHARE_STORE);
    const read = async () => (store === null ? null : readSkillshareStore(jsonOf(store, false)));
    return readSkillshareConfig(document, await namingFile(SKILLSHARE_STORE, read));
  }
  if (/^apm\.lock\./iu.test(name)) return apmLockFile(document);
  if (!isApm(document)) return null;
  const lock = beside(APM_LOCK);
  if (lock === null) return readApm(document, []);
  return readApm(document, (await namingFile(APM_LOCK, async () => readApmLock(await yamlOf(lock)))).dependencies);
}

const APM_LOCK = "apm.lock.yaml";

/** @throws EdenError of `read`, with the name of the file in its message. */
async function namingFile<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    throw new EdenError(error.code, `${name}: ${error.message}`, error.facts, error);
  }
}

function isToml(name: string): boolean {
  return /\.toml$/iu.test(name);
}

async function jsonFile(document: unknown, around: Surroundings): Promise<ForeignFile | null> {
  if (isSkillshareStore(document)) return readSkillshareStore(document);
  if (isClaudeSettings(document)) return readClaudeSettings(document, await claudePlugins(around));
  if (isClaudeInstalled(document)) {
    const installed = readInstalled(document);
    return readClaudeInstalled({ ...(await claudePlugins(around)), installed });
  }
  return readSkillsLock(document) ?? readPackageJson(document) ?? readRulesync(document) ?? readReskill(document);
}

async function claudePlugins({ claudePlugins: directory, inClaudePlugins }: Surroundings): Promise<ClaudePlugins> {
  const read = async <T>(name: string, reader: (document: unknown) => ReadonlyMap<string, T>) => {
    const bytes = inClaudePlugins(name);
    return await namingFile(name, async () => (bytes === null ? new Map<string, T>() : reader(jsonOf(bytes, false))));
  };
  const marketplaces = await read("known_marketplaces.json", readMarketplaces);
  return { directory, marketplaces, installed: await read("installed_plugins.json", readInstalled) };
}

async function yamlOf(bytes: Uint8Array): Promise<unknown> {
  const yaml = await parseYaml(bytes);
  if ("document" in yaml) return yaml.document;
  throw invalidAt(yaml);
}

function tomlOf(bytes: Uint8Array): Record<string, unknown> {
  const toml = parseToml(bytes, MOST_FOREIGN_BYTES);
  if ("document" in toml) return toml.document;
  throw invalidAt(toml.problem);
}

function invalidAt({ message, line, column }: Omit<Problem, "code" | "severity" | "path">): EdenError {
  const problems = [{ code: "IMPORT_INVALID", severity: "error" as const, path: "", message, line, column }];
  return new EdenError("IMPORT_INVALID", line === null ? message : `line ${line}: ${message}`, { problems });
}

function jsonOf(bytes: Uint8Array, hasComments: boolean): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return JSON.parse(hasComments ? withoutComments(text) : text);
  } catch (error) {
    // The parser's message quotes the text.
    throw new EdenError("IMPORT_INVALID", `the file is no JSON; ${EXPECTED}`, {}, new Error(errorMessage(error)));
  }
}
