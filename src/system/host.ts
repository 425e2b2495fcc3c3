import { accessSync, constants, statSync } from "node:fs";
import { userInfo } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { ImageRoot } from "./image-root.js";
import { NO_HOME, NO_WORKING_DIRECTORY } from "./known-directory.js";

/**
 * Facts about the environment of the process. The rest of the program gets them as a value and does
 * not read them itself.
 */
export interface Host {
  env: Readonly<Record<string, string | undefined>>;
  /** `HOME`, else `USERPROFILE`, else the system's entry for the user, else `NO_HOME`. */
  home: string;
  /** `NO_WORKING_DIRECTORY` if it cannot be read. */
  cwd: string;
  /** The root of the image that targets are placed in; absent: they are on this machine. */
  root?: ImageRoot;
}

/** The environment of this process. */
export function currentHost(): Host {
  const env = process.env;
  const cwd = orElse(() => process.cwd(), NO_WORKING_DIRECTORY);
  const home = env["HOME"] || env["USERPROFILE"] || orElse(() => userInfo().homedir, "");
  return { env, home: home === "" ? NO_HOME : resolve(cwd, home), cwd };
}

/**
 * Changes to the root of the file system if the working directory cannot be read: some libraries
 * ask for it without using it.
 */
export function leaveRemovedDirectory(): void {
  if (orElse(() => process.cwd(), "") === "") process.chdir("/");
}

/**
 * A directory may be removed while a process is in it, and a user id may have no entry in the
 * system's list of users.
 */
function orElse(ask: () => string, instead: string): string {
  try {
    return ask();
  } catch {
    return instead;
  }
}

/** The variable that hides the owner's settings from git; `--isolated` sets it. */
const ISOLATED = "EDEN_SKILLS_ISOLATED";

/** True when git is isolated from the owner's settings. An unknown value isolates, too. */
export function isIsolated(env: Host["env"]): boolean {
  return !["", "0", "false"].includes(env[ISOLATED] ?? "");
}

/** The same environment, with git isolated from the owner's settings. */
export function isolated(host: Host): Host {
  return { ...host, env: { ...host.env, [ISOLATED]: "1" } };
}

/**
 * The absolute path of a program on PATH, or null. Relative entries of PATH are skipped, so that a
 * program in the working directory is never used.
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
