import type { Setting } from "./setting.js";
import { delimiter, dirname } from "node:path";
import { isIsolated } from "../system/host.js";
import { CLOSED_FIXED, CLOSED_HARDENING, HANDED_ON } from "./closed-environment.js";
import { FIXED, HARDENING, OUR_SSH, REMOVED, REMOVED_PATTERN } from "./hardening.js";

type Variables = Readonly<Record<string, string | undefined>>;

/** The permissions of one git process. */
export interface GitRights {
  /** Its working directory: git does not search for a repository above it. */
  cwd?: string;
  /** The one transport that it may use; none by default. */
  transport?: string;
  /** Settings of this call, which take precedence over all others. */
  settings?: readonly Setting[];
  /** The owner's configuration has an ssh command, which ours must not override. */
  hasSshCommand?: boolean;
}

/**
 * The complete environment of a git process: the caller's, without the variables of a surrounding
 * git, and with our hardening after the owner's settings. Hardening is configuration in the
 * environment, so that it is the same for every git process however it is started, and no URL or
 * header is visible in `ps`. With `--isolated` only a short list of variables is passed.
 */
export function gitEnvironment(env: Variables, rights: GitRights = {}): Record<string, string> {
  const { transport, settings = [], hasSshCommand = false } = rights;
  const closed = isIsolated(env);
  const result = ownerEnvironment(env, { ...rights, settings: [] });
  if (closed || !(hasSshCommand || hasSsh(env))) Object.assign(result, OUR_SSH);
  result["GIT_ALLOW_PROTOCOL"] = transport ?? "none";
  // The process that serves a local repository reads the user's own configuration and would run a
  // hook found there.
  if (closed && (transport === undefined || transport === "file")) result["GIT_CONFIG_GLOBAL"] = "/dev/null";
  return withSettings(result, [...HARDENING, ...(closed ? CLOSED_HARDENING : []), ...settings]);
}

/**
 * The environment for reading the owner's configuration: that of every git process, without our
 * settings.
 */
export function ownerEnvironment(
  env: Variables,
  { cwd, settings = [] }: Pick<GitRights, "cwd" | "settings"> = {},
): Record<string, string> {
  const closed = isIsolated(env);
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && (closed ? HANDED_ON.includes(name) && value !== "" : isPassed(name)))
      result[name] = value;
  // An empty command counts as unset; git would try to run it.
  for (const name of SSH_COMMANDS) if (result[name] === "") delete result[name];
  // Without HOME git would find no configuration, although `~` in the manifest means this
  // directory.
  if ((result["HOME"] ?? "") === "" && (env["USERPROFILE"] ?? "") !== "") result["HOME"] = env["USERPROFILE"] ?? "";
  Object.assign(result, FIXED, closed ? CLOSED_FIXED : {});
  if (cwd !== undefined) {
    // Storage inside a project: the configuration of that project is not the owner's.
    const ceilings = [result["GIT_CEILING_DIRECTORIES"] ?? "", dirname(cwd)].filter((path) => path !== "");
    result["GIT_CEILING_DIRECTORIES"] = ceilings.join(delimiter);
  }
  return withSettings(result, [...(closed ? [] : settingsIn(env)), ...settings]);
}

const SSH_COMMANDS = ["GIT_SSH_COMMAND", "GIT_SSH"] as const;

/** The variable that sets the ssh command, or null. */
export function hasSsh(env: Variables): (typeof SSH_COMMANDS)[number] | null {
  return SSH_COMMANDS.find((name) => (env[name] ?? "") !== "") ?? null;
}

function isPassed(name: string): boolean {
  return !REMOVED.includes(name) && !REMOVED_PATTERN.test(name) && !/^GIT_CONFIG_(?:COUNT|KEY_|VALUE_)/u.test(name);
}

/** The settings in the caller's environment; an incomplete pair is left out. */
function settingsIn(env: Variables): Setting[] {
  const count = /^\d{1,5}$/u.test(env["GIT_CONFIG_COUNT"] ?? "") ? Number(env["GIT_CONFIG_COUNT"]) : 0;
  return Array.from({ length: count }, (_, index) => [
    env[`GIT_CONFIG_KEY_${index}`] ?? "",
    env[`GIT_CONFIG_VALUE_${index}`],
  ]).filter((pair): pair is [string, string] => pair[0] !== "" && pair[1] !== undefined);
}

/** Appends settings to the existing ones. */
function withSettings(env: Record<string, string>, settings: readonly Setting[]): Record<string, string> {
  const before = Number(env["GIT_CONFIG_COUNT"] ?? 0);
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${before + index}`] = key;
    env[`GIT_CONFIG_VALUE_${before + index}`] = value;
  }
  env["GIT_CONFIG_COUNT"] = String(before + settings.length);
  return env;
}
