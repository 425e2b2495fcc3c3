import { isAbsolute } from "node:path";
import { CUSTOM_AGENT, type Agents } from "../targets/agents.js";
import { parseTargetSpec } from "../targets/parse-target-spec.js";
import { expandPath } from "../names/expand-path.js";
import { quote } from "../format/findings.js";
import { writeLockedPath, type LockfilePlace } from "../lockfile/lockfile-paths.js";
import { didYouMean } from "../names/nearest-word.js";
import type { TargetDraft } from "./skill-draft.js";

/** The base of relative paths of a command line, and the manifest's directory; absolute. */
export interface SpecPlace extends LockfilePlace {
  cwd: string;
}

/** Reads a target of a command line, in its short form. */
export function readTargetSpec(
  spec: string,
  place: SpecPlace & { agents: Agents },
): TargetDraft | { code: string; problem: string } {
  const target = parseTargetSpec(spec);
  if ("problem" in target) return target;
  const { agent, path } = target;
  if (agent !== CUSTOM_AGENT && !place.agents.has(agent)) return unknownAgent(agent, [...place.agents.keys()]);
  return path === undefined ? target : { ...target, path: portablePath(path, place) };
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

function unknownAgent(agent: string, known: readonly string[]): { code: string; problem: string } {
  const near = didYouMean(agent, known);
  return {
    code: "TARGET_AGENT_UNSUPPORTED",
    problem: `${quote(agent)} is not a known agent${near || "; expected an agent's id, custom:PATH, docker:NAME[:AGENT], podman:NAME[:AGENT] or ssh:HOST[:AGENT]"}`,
  };
}
