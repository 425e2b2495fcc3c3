import { EdenError } from "../errors.js";
import type { TargetDraft } from "../manifest/edit/skill-draft.js";
import { readTargetSpec } from "../manifest/edit/target-spec.js";
import type { Manifest } from "../manifest/manifest.js";
import type { Host } from "../system/host.js";
import { detectAgents } from "./detect-agents.js";

/** The targets that were named. @throws EdenError for a word that names none. */
export function namedTargets(
  specs: readonly string[],
  { directory }: Pick<Manifest, "directory">,
  host: Host,
): TargetDraft[] {
  // Agents may stand in a list, as some other tools have it; a path may hold a comma.
  const words = specs.flatMap((spec) => (spec.includes(":") ? [spec] : spec.split(",").filter((word) => word !== "")));
  return words.map((spec) => {
    const target = readTargetSpec(spec, { ...host, manifestDirectory: directory });
    if (!("problem" in target)) return target;
    throw refused(target.code, target.problem);
  });
}

/** The targets that were named, else one for each agent that is installed here. @throws EdenError when there is neither. */
export function chosenTargets(
  specs: readonly string[],
  manifest: Pick<Manifest, "directory" | "scope">,
  host: Host,
): TargetDraft[] {
  if (specs.length > 0) return namedTargets(specs, manifest, host);
  const found = detectAgents(host, manifest.scope);
  if (found.length > 0) return found.map((agent) => ({ agent, environment: { kind: "local" } }));
  throw refused("MISSING_FIELD", "no agent was found on this machine; name one, such as --target claude-code");
}

function refused(code: string, message: string): EdenError {
  return new EdenError(code, `--target: ${message}`, {
    problems: [{ code, severity: "error", path: "--target", message, line: null, column: null }],
  });
}
