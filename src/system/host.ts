import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";

/** The facts about the caller's surroundings that the rest of the program is given instead of reading them. */
export interface Host {
  env: Readonly<Record<string, string | undefined>>;
  /** `HOME`, else `USERPROFILE`, else what the system says. */
  home: string;
  cwd: string;
}

/** The surroundings of this process. */
export function currentHost(): Host {
  const env = process.env;
  return { env, home: resolve(env["HOME"] || env["USERPROFILE"] || homedir()), cwd: process.cwd() };
}

/** The variable by which git is closed off from the owner's settings; `--isolated` sets it. */
const ISOLATED = "EDEN_SKILLS_ISOLATED";

/** True when git is closed off from the owner's settings. What means nothing closes it, too. */
export function isIsolated(env: Host["env"]): boolean {
  return !["", "0", "false"].includes(env[ISOLATED] ?? "");
}

/** The same surroundings, with git closed off from the owner's settings. */
export function isolated(host: Host): Host {
  return { ...host, env: { ...host.env, [ISOLATED]: "1" } };
}

/**
 * The absolute path of a program on PATH, or null. Relative entries of PATH are passed over, so that a program lying in the working
 * directory is never taken.
 */
export function findProgram(name: string, env: Host["env"]): string | null {
  const endings = process.platform === "win32" ? [".exe", ".cmd"] : [""];
  for (const directory of (env["PATH"] ?? "").split(delimiter)) {
    if (!isAbsolute(directory)) continue;
    for (const ending of endings) {
      const path = join(directory, name + ending);
      if (isExecutable(path)) return path;
    }
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
