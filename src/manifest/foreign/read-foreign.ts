import { EdenError, errorMessage, type Problem } from "../../errors.js";
import { parseToml } from "../format/parse-toml.js";
import type { ForeignFile } from "./foreign-skill.js";
import { parseYaml } from "../format/parse-yaml.js";
import { readAgentsToml } from "./read-agents-toml.js";
import { isApm, readApm } from "./read-apm.js";
import { apmLockFile, readApmLock } from "./read-apm-lock.js";
import { readPackageJson } from "./read-package-json.js";
import { withoutComments } from "./json-with-comments.js";
import { readReskill } from "./read-reskill.js";
import { readRulesync } from "./read-rulesync.js";
import { isSkillshareStore, readSkillshareConfig, readSkillshareStore, SKILLSHARE_STORE } from "./read-skillshare.js";
import { readSkillsLock } from "./read-skills-lock.js";

/** Maximum bytes of a file. */
export const MOST_FOREIGN_BYTES = 8 * 1024 * 1024;

const EXPECTED =
  "expected skills-lock.json, .skill-lock.json, agents.toml, apm.yml, apm.lock.yaml, rulesync.jsonc, the skills.json of reskill, config.yaml or .metadata.json of skillshare, a directory of skills of gh, or a package.json with a list `skills`";

/** The bytes of another file of the same tool, by its path relative to the first one; null if there is none. */
export type ReadBeside = (path: string) => Uint8Array | null;

/**
 * Reads the file of another tool, which is recognised by its name and content.
 * @param name without its directory.
 * @throws EdenError `IMPORT_INVALID` for a file that none of the tools writes; an invalid entry is
 *   in `skipped`.
 */
export async function readForeign(bytes: Uint8Array, name: string, beside: ReadBeside): Promise<ForeignFile> {
  if (bytes.byteLength > MOST_FOREIGN_BYTES) {
    throw new EdenError(
      "IMPORT_INVALID",
      `the file has ${bytes.byteLength} bytes; at most ${MOST_FOREIGN_BYTES} are read`,
    );
  }
  const file = await fileOf(bytes, name, beside);
  if (file !== null) return file;
  const isManifest = isToml(name) && Array.isArray(tomlOf(bytes)["skills"]);
  throw new EdenError("IMPORT_INVALID", EXPECTED, {
    ...(isManifest && { hint: "A skills.toml is taken over with `eden-skills config import --from FILE`." }),
  });
}

async function fileOf(bytes: Uint8Array, name: string, beside: ReadBeside): Promise<ForeignFile | null> {
  if (isToml(name)) return readAgentsToml(tomlOf(bytes));
  if (!/\.ya?ml$/iu.test(name)) return jsonFile(jsonOf(bytes, /\.jsonc$/iu.test(name)));
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

function jsonFile(document: unknown): ForeignFile | null {
  if (isSkillshareStore(document)) return readSkillshareStore(document);
  return readSkillsLock(document) ?? readPackageJson(document) ?? readRulesync(document) ?? readReskill(document);
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
