import { EdenError } from "../errors.js";
import { draftOf, type TargetDraft } from "../manifest/edit/skill-draft.js";
import { readTargetSpec } from "../manifest/edit/target-spec.js";
import { leastDirectories, type ServingDirectory } from "../manifest/targets/least-directories.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { Host } from "../system/host.js";
import { detectAgents } from "./detect-agents.js";

/** The named targets. @throws EdenError for a word that is not a target. */
export function namedTargets(
  specs: readonly string[],
  { directory, agents }: Pick<Manifest, "directory" | "agents">,
  host: Host,
): TargetDraft[] {
  // Agents may be a comma-separated list, as in other tools; a path may contain a comma.
  const words = specs.flatMap((spec) => (spec.includes(":") ? [spec] : spec.split(",").filter((word) => word !== "")));
  return words.map((spec) => {
    const target = readTargetSpec(spec, { ...host, agents, manifestDirectory: directory });
    if (!("problem" in target)) return target;
    throw refused(target.code, target.problem);
  });
}

/** Targets, and the directories that serve them. */
export interface ChosenTargets {
  targets: TargetDraft[];
  /** The directories that serve the agents found here; none if the targets were named. */
  directories: ServingDirectory[];
}

/**
 * The named targets, else those of `[defaults]`, else the fewest directories that serve the agents
 * installed here.
 * @param agentsChosen agents in place of those found here.
 * @throws EdenError if there are none.
 */
export function chosenTargets(
  specs: readonly string[],
  manifest: Pick<Manifest, "directory" | "scope" | "agents" | "defaults">,
  host: Host,
  agentsChosen: readonly string[] | null = null,
): ChosenTargets {
  if (specs.length > 0) return { targets: namedTargets(specs, manifest, host), directories: [] };
  const { agents, defaults } = manifest;
  if (defaults.targets.length > 0) return { targets: defaults.targets.map(draftOf), directories: [] };
  const found = agentsChosen ?? detectAgents(host, manifest);
  if (found.length === 0) throw refused("MISSING_FIELD", "no agent was found on this machine", NO_AGENT);
  const context = { ...host, agents, manifestDirectory: manifest.directory };
  const directories = leastDirectories(found, manifest.scope, context);
  const targets = directories.flatMap(({ owners, otherReaders, manifestPath }) => [
    ...owners.map((agent): TargetDraft => ({ agent, environment: { kind: "local" } })),
    ...otherReaders.map((agent): TargetDraft => ({ agent, path: manifestPath, environment: { kind: "local" } })),
  ]);
  return { targets, directories };
}

/** True if an agent reads a directory that is not its own. */
export function areShared(directories: readonly ServingDirectory[]): boolean {
  return directories.some(({ owners, readers }) => readers.some((agent) => !owners.includes(agent)));
}

/** Describes which agents read which directory; null if each reads only its own. */
export function sharingNote(directories: readonly ServingDirectory[]): string | null {
  if (!areShared(directories)) return null;
  const parts = directories.map(({ manifestPath, readers }) => `${manifestPath} (${readers.join(", ")})`);
  return `chosen for the agents found here: ${parts.join(", ")}`;
}

const NO_AGENT = "Name one, such as --target claude-code; `eden-skills agents` lists those that are known.";

function refused(code: string, message: string, hint?: string): EdenError {
  return new EdenError(code, `--target: ${message}`, {
    ...(hint !== undefined && { hint }),
    problems: [{ code, severity: "error", path: "--target", message, line: null, column: null }],
  });
}
