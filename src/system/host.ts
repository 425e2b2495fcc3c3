import { accessSync, constants, statSync } from "node:fs";
import { userInfo } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { NO_HOME, NO_WORKING_DIRECTORY } from "./known-directory.js";

/** The facts about the caller's surroundings that the rest of the program is given instead of reading them. */
export interface Host {
  env: Readonly<Record<string, string | undefined>>;
  /** `HOME`, else `USERPROFILE`, else what the system says, else `NO_HOME`. */
  home: string;
  /** `NO_WORKING_DIRECTORY` when it cannot be read. */
  cwd: string;
}

/** The surroundings of this process. */
export function currentHost(): Host {
  const env = process.env;
  const cwd = orElse(() => process.cwd(), NO_WORKING_DIRECTORY);
  const home = env["HOME"] || env["USERPROFILE"] || orElse(() => userInfo().homedir, "");
  return { env, home: home === "" ? NO_HOME : resolve(cwd, home), cwd };
}

/** Goes to the root of the file system when the working directory cannot be read: for libraries that ask for one and do nothing there. */
export function leaveRemovedDirectory(): void {
  if (orElse(() => process.cwd(), "") === "") process.chdir("/");
}

/** A directory may be removed while a process is in it, and a user id may have no entry in the system's list of users. */
function orElse(ask: () => string, instead: string): string {
  try {
    return ask();
  } catch {
    return instead;
  }
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
