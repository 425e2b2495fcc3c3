import type { Setting } from "./setting.js";
import { delimiter, dirname } from "node:path";
import { isIsolated } from "../system/host.js";
import { CLOSED_FIXED, CLOSED_HARDENING, HANDED_ON } from "./closed-environment.js";
import { FIXED, HARDENING, OUR_SSH, REMOVED, REMOVED_PATTERN } from "./hardening.js";

type Variables = Readonly<Record<string, string | undefined>>;

/** What a git process may do, beside what every one may. */
export interface GitRights {
  /** The directory it is started in: no repository is looked for above it. */
  cwd?: string;
  /** The one transport that it may use; left out, none. */
  transport?: string;
  /** Settings of this call, which win over all others. */
  settings?: readonly Setting[];
  /** The owner's configuration has an ssh command, which ours must not hide. */
  hasSshCommand?: boolean;
}

/**
 * The whole environment of a git process: the caller's own, without what a surrounding git left in it, and with our hardening behind the
 * owner's settings. Hardening travels as configuration in the environment, so that it is the same for every git process however it is
 * started, and no URL or header shows in `ps`. Under `--isolated` only a short list of variables is handed on.
 */
export function gitEnvironment(env: Variables, rights: GitRights = {}): Record<string, string> {
  const { transport, settings = [], hasSshCommand = false } = rights;
  const closed = isIsolated(env);
  const result = ownerEnvironment(env, { ...rights, settings: [] });
  if (closed || !(hasSshCommand || hasSsh(env))) Object.assign(result, OUR_SSH);
  result["GIT_ALLOW_PROTOCOL"] = transport ?? "none";
  // The process that serves a local repository reads the user's own configuration and would run a hook found there.
  if (closed && (transport === undefined || transport === "file")) result["GIT_CONFIG_GLOBAL"] = "/dev/null";
  return withSettings(result, [...HARDENING, ...(closed ? CLOSED_HARDENING : []), ...settings]);
}

/** The environment in which git says what the owner has configured: that of every git process, without our settings. */
export function ownerEnvironment(
  env: Variables,
  { cwd, settings = [] }: Pick<GitRights, "cwd" | "settings"> = {},
): Record<string, string> {
  const closed = isIsolated(env);
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && (closed ? HANDED_ON.includes(name) && value !== "" : isPassed(name)))
      result[name] = value;
  // An empty command is none; git would try to run it.
  for (const name of SSH_COMMANDS) if (result[name] === "") delete result[name];
  // Where HOME is missing git would find no configuration, while `~` in the manifest means this directory.
  if ((result["HOME"] ?? "") === "" && (env["USERPROFILE"] ?? "") !== "") result["HOME"] = env["USERPROFILE"] ?? "";
  Object.assign(result, FIXED, closed ? CLOSED_FIXED : {});
  if (cwd !== undefined) {
    // Storage inside a project: that project's own configuration is none of the owner's.
    const ceilings = [result["GIT_CEILING_DIRECTORIES"] ?? "", dirname(cwd)].filter((path) => path !== "");
    result["GIT_CEILING_DIRECTORIES"] = ceilings.join(delimiter);
  }
  return withSettings(result, [...(closed ? [] : settingsIn(env)), ...settings]);
}

const SSH_COMMANDS = ["GIT_SSH_COMMAND", "GIT_SSH"] as const;

/** The variable that says how ssh is started, or null. */
export function hasSsh(env: Variables): (typeof SSH_COMMANDS)[number] | null {
  return SSH_COMMANDS.find((name) => (env[name] ?? "") !== "") ?? null;
}

function isPassed(name: string): boolean {
  return !REMOVED.includes(name) && !REMOVED_PATTERN.test(name) && !/^GIT_CONFIG_(?:COUNT|KEY_|VALUE_)/u.test(name);
}

/** The settings that the caller handed on in the environment; a pair that is not complete is left out. */
function settingsIn(env: Variables): Setting[] {
  const count = /^\d{1,5}$/u.test(env["GIT_CONFIG_COUNT"] ?? "") ? Number(env["GIT_CONFIG_COUNT"]) : 0;
  return Array.from({ length: count }, (_, index) => [
    env[`GIT_CONFIG_KEY_${index}`] ?? "",
    env[`GIT_CONFIG_VALUE_${index}`],
  ]).filter((pair): pair is [string, string] => pair[0] !== "" && pair[1] !== undefined);
}

/** Puts settings behind those that are there. */
function withSettings(env: Record<string, string>, settings: readonly Setting[]): Record<string, string> {
  const before = Number(env["GIT_CONFIG_COUNT"] ?? 0);
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${before + index}`] = key;
    env[`GIT_CONFIG_VALUE_${before + index}`] = value;
  }
  env["GIT_CONFIG_COUNT"] = String(before + settings.length);
  return env;
}
