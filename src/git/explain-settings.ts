import { EdenError, sanitize } from "../errors.js";
import { isIsolated, type Host } from "../system/host.js";
import { hasSsh } from "./environment.js";
import { HANDED_ON } from "./closed-environment.js";
import type { Route } from "./route.js";

/**
 * Failures that a setting of the owner may explain: one in force, or one that is hidden from git.
 */
const CODES = new Set([
  "FETCH_AUTH",
  "FETCH_NOT_FOUND",
  "FETCH_NETWORK",
  "FETCH_STALLED",
  "GIT_MISSING",
  "PERMISSION_DENIED",
  "POLICY_DENIED",
  "INTERNAL",
]);

/** The same failure; its hint names the settings that may be the cause. */
export function withSettingsInMind(error: EdenError, route: Route, env: Host["env"]): EdenError {
  const notes = CODES.has(error.code) ? notesOn(error, route, env) : [];
  if (notes.length === 0) return error;
  const hint = [...(error.facts.hint === undefined ? [] : [error.facts.hint]), ...notes.map(sanitize)].join(" ");
  return new EdenError(error.code, error.message, { ...error.facts, hint }, error.cause);
}

function notesOn(error: EdenError, { remote, rewrite, owner }: Route, env: Host["env"]): string[] {
  const notes: string[] = [];
  const isClosed = isIsolated(env);
  if (rewrite !== null) notes.push(`The address used is ${rewrite.to}, by ${rewrite.setting}.`);
  if (remote.transport === "ssh" && !isClosed) {
    const setting =
      (env["GIT_SSH_COMMAND"] ?? "") === "" && owner.sshCommand !== null ? "core.sshCommand" : hasSsh(env);
    if (setting !== null) notes.push(`ssh is started as ${setting} says.`);
  }
  if (isClosed) notes.push(closedNote(env, remote.transport, owner.sshCommand !== null));
  if (error.code === "FETCH_AUTH" && remote.transport !== "ssh")
    notes.push(...askNote(env, owner.value("core.askPass")));
  if (/answered 3\d\d/u.test(error.message) && owner.value("http.followRedirects") === "true")
    notes.push("http.followRedirects = true is not followed beyond the first request.");
  const left = LEFTOVERS.filter((name) => (env[name] ?? "") !== "");
  if (!isClosed && left.length > 0)
    notes.push(`${left.join(" and ")} of a surrounding git ${left.length > 1 ? "do" : "does"} not reach git.`);
  return notes;
}

/**
 * Variables of a surrounding git that may be intended: settings of `git -c`, and other paths of
 * git's own programs.
 */
const LEFTOVERS = ["GIT_CONFIG_PARAMETERS", "GIT_EXEC_PATH"];

function askNote(env: Host["env"], askPass: string | null): string[] {
  const program = ["GIT_ASKPASS", "SSH_ASKPASS"].find((name) => (env[name] ?? "") !== "");
  const setting = program ?? (askPass === null ? null : "core.askPass");
  return setting === null ? [] : [`${setting} is not used, since nothing may prompt: set credential.helper.`];
}

function closedNote(env: Host["env"], transport: string, hasSshCommand: boolean): string {
  const kept = Object.keys(env).filter((name) => MATTERS.test(name) && !HANDED_ON.includes(name) && env[name] !== "");
  const files = `the ${transport === "file" ? "user's and the system's" : "system's"} git configuration`;
  const all = [files, ...(hasSshCommand ? ["core.sshCommand"] : []), ...kept.slice(0, 6)];
  return `--isolated keeps ${all.join(", ")} from git: try without it.`;
}

/** Variables that git, ssh or a credential helper use. */
const MATTERS =
  /^(?:GIT_(?!DIR|TRACE|PREFIX|EDITOR|PAGER)\w+|SSH_\w+|SSL_\w+|CURL_\w+|NIX_SSL_CERT_FILE|DBUS_SESSION_BUS_ADDRESS|XDG_RUNTIME_DIR|GNUPGHOME|KRB5\w+|GCM_\w+|\w*TOKEN\w*)$/u;
