import { basename, dirname, isAbsolute, join } from "node:path";
import { EdenError } from "../errors.js";
import { expandPath } from "../manifest/names/expand-path.js";
import type { ForeignFile } from "../manifest/foreign/foreign-skill.js";
import { packageSchema } from "../manifest/foreign/read-package-json.js";
import { readForeign } from "../manifest/foreign/read-foreign.js";
import { readGhSkills } from "./read-gh-skills.js";
import type { Host } from "../system/host.js";
import { requireKnown } from "../system/known-directory.js";
import { parseJson } from "../system/parse-json.js";
import { readBytesIfExists, statIfExists } from "../system/read-files.js";

/** The content of another tool's file. `path` is absolute. */
export interface FoundForeign {
  path: string;
  file: ForeignFile;
}

/**
 * Reads the named file, or directory of skills that gh has installed; without a name, the first known file of another tool in the working
 * directory or the home directory.
 * @throws EdenError `IMPORT_NOT_FOUND`, `IMPORT_INVALID`, `INVALID_FILE`.
 */
export async function findForeign(named: string | null, host: Host): Promise<FoundForeign> {
  if (named !== null) {
    const path = expandPath(named, host.cwd, host.home);
    if (statIfExists(path)?.isDirectory() === true) return { path, file: await naming(path, readGhSkills(path)) };
    const bytes = readBytesIfExists(path);
    if (bytes === null) throw new EdenError("IMPORT_NOT_FOUND", `there is no file ${path}`, { path });
    return { path, file: await read(bytes, path, host) };
  }
  requireKnown(host.cwd);
  for (const path of usualPlaces(host)) {
    const bytes = readBytesIfExists(path);
    if (bytes === null || (basename(path) === "package.json" && !namesSkills(bytes))) continue;
    return { path, file: await read(bytes, path, host) };
  }
  throw new EdenError(
    "IMPORT_NOT_FOUND",
    "no skills-lock.json, agents.toml or package.json with `skills` here, and no ~/.agents/.skill-lock.json",
  );
}

function usualPlaces({ cwd, home, env }: Host): string[] {
  const state = env["XDG_STATE_HOME"];
  return [
    ...["skills-lock.json", "agents.toml", "package.json"].map((name) => join(cwd, name)),
    ...(state !== undefined && isAbsolute(state) ? [join(state, "skills", ".skill-lock.json")] : []),
    join(home, ".agents", ".skill-lock.json"),
  ];
}

async function read(bytes: Uint8Array, path: string, { env, home }: Host): Promise<ForeignFile> {
  const own = env["CLAUDE_CONFIG_DIR"];
  const claudePlugins = join(own !== undefined && isAbsolute(own) ? own : join(home, ".claude"), "plugins");
  const around = {
    beside: (other: string) => readBytesIfExists(join(dirname(path), other)),
    claudePlugins,
    inClaudePlugins: (name: string) => readBytesIfExists(join(claudePlugins, name)),
  };
  return await naming(path, readForeign(bytes, basename(path), around));
}

async function naming(path: string, reading: Promise<ForeignFile>): Promise<ForeignFile> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    throw new EdenError(error.code, `${path}: ${error.message}`, { ...error.facts, path }, error);
  }
}

/** Every project has a package.json, and hardly any lists skills in it. */
function namesSkills(bytes: Uint8Array): boolean {
  return parseJson(packageSchema, Buffer.from(bytes).toString("utf8")) !== null;
}
