import { isAbsolute } from "node:path";
import { agents, CUSTOM_AGENT, findAgent } from "../targets/agents.js";
import { expandPath } from "../names/expand-path.js";
import { quote } from "../format/findings.js";
import { writeLockedPath, type LockfilePlace } from "../lockfile/lockfile-paths.js";
import { didYouMean } from "../names/nearest-word.js";
import { EXPECTED_ENVIRONMENT, parseEnvironment } from "../targets/target-environment.js";
import type { TargetDraft } from "./skill-draft.js";

/** The default agent in a container or on a host. */
const USUAL_AGENT = "claude-code";

/** The base of relative paths of a command line, and the manifest's directory; absolute. */
export interface SpecPlace extends LockfilePlace {
  cwd: string;
}

/**
 * Reads a target of a command line: `AGENT`, `custom:PATH`, `docker:NAME[:AGENT]` or
 * `ssh:HOST[:AGENT]`.
 */
export function readTargetSpec(spec: string, place: SpecPlace): TargetDraft | { code: string; problem: string } {
  const [kind = "", name = "", ...rest] = spec.split(":");
  if (kind === CUSTOM_AGENT) {
    const path = [name, ...rest].join(":");
    if (path.trim() === "") return { code: "TARGET_PATH_UNRESOLVED", problem: "write custom:PATH" };
    return { agent: CUSTOM_AGENT, path: portablePath(path, place), environment: { kind: "local" } };
  }
  if (kind === "docker" || kind === "ssh") {
    const environment = parseEnvironment(`${kind}:${name}`);
    if (environment === null) return { code: "INVALID_ENVIRONMENT", problem: EXPECTED_ENVIRONMENT };
    const agent = rest[0] ?? USUAL_AGENT;
    return rest.length > 1 || findAgent(agent) === undefined ? unknownAgent(rest.join(":")) : { agent, environment };
  }
  return findAgent(spec) === undefined ? unknownAgent(spec) : { agent: spec, environment: { kind: "local" } };
}

/**
 * Rewrites a typed path for the manifest: relative to the manifest's directory if it is inside it
 * (with a leading `./`, so that it cannot be read as another kind of source), else absolute, with
 * `~` for the home directory.
 */
export function portablePath(typed: string, place: SpecPlace): string {
  if (isAbsolute(typed) || /^~(?:\/|$)/u.test(typed)) return typed;
  return portableAbsolute(expandPath(typed, place.cwd, place.home), place);
}

/**
 * Rewrites an absolute path for the manifest: with `./` if it is inside the manifest's directory,
 * with `~` if it is inside the home directory, else unchanged.
 */
export function portableAbsolute(absolute: string, place: LockfilePlace): string {
  if (absolute === place.manifestDirectory) return ".";
  const written = writeLockedPath(absolute, undefined, place);
  return isAbsolute(written) || /^(?:~|\.)\//u.test(written) ? written : `./${written}`;
}

function unknownAgent(agent: string): { code: string; problem: string } {
  const near = didYouMean(
    agent,
    agents.map(({ id }) => id),
  );
  return {
    code: "TARGET_AGENT_UNSUPPORTED",
    problem: `${quote(agent)} is not a known agent${near || "; expected an agent's id, custom:PATH, docker:NAME[:AGENT] or ssh:HOST[:AGENT]"}`,
  };
}
