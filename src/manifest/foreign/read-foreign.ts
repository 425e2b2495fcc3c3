import * as z from "zod/mini";
import { EdenError, errorMessage } from "../../errors.js";
import { parseToml } from "../format/parse-toml.js";
import type { ForeignFile } from "./foreign-skill.js";
import { readAgentsToml } from "./read-agents-toml.js";
import { readPackageJson } from "./read-package-json.js";
import { withoutComments } from "./json-with-comments.js";
import { readReskill } from "./read-reskill.js";
import { readRulesync } from "./read-rulesync.js";
import { readSkillsLock } from "./read-skills-lock.js";

/** Maximum bytes of a file. */
export const MOST_FOREIGN_BYTES = 8 * 1024 * 1024;

const EXPECTED =
  "expected skills-lock.json, .skill-lock.json, agents.toml, rulesync.jsonc, the skills.json of reskill, or a package.json with a list `skills`";

/**
 * Reads the file of another tool, which is recognised by its name and content.
 * @param name without its directory.
 * @throws EdenError `IMPORT_INVALID` for a file that none of the tools writes; an invalid entry is
 *   in `skipped`.
 */
export function readForeign(bytes: Uint8Array, name: string): ForeignFile {
  if (bytes.byteLength > MOST_FOREIGN_BYTES) {
    throw new EdenError(
      "IMPORT_INVALID",
      `the file has ${bytes.byteLength} bytes; at most ${MOST_FOREIGN_BYTES} are read`,
    );
  }
  const isToml = /\.toml$/iu.test(name);
  const document = isToml ? tomlOf(bytes) : jsonOf(bytes, /\.jsonc$/iu.test(name));
  const file = isToml ? readAgentsToml(document) : jsonFile(document);
  if (file !== null) return file;
  const isManifest = isToml && z.safeParse(z.object({ skills: z.array(z.unknown()) }), document).success;
  throw new EdenError("IMPORT_INVALID", EXPECTED, {
    ...(isManifest && { hint: "A skills.toml is taken over with `eden-skills config import --from FILE`." }),
  });
}

function jsonFile(document: unknown): ForeignFile | null {
  return readSkillsLock(document) ?? readPackageJson(document) ?? readRulesync(document) ?? readReskill(document);
}

function tomlOf(bytes: Uint8Array): Record<string, unknown> {
  const toml = parseToml(bytes, MOST_FOREIGN_BYTES);
  if ("document" in toml) return toml.document;
  const { message, line, column } = toml.problem;
  const problems = [{ code: "IMPORT_INVALID", severity: "error" as const, path: "", message, line, column }];
  throw new EdenError("IMPORT_INVALID", message, { problems });
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
