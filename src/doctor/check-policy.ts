import type { Manifest } from "../manifest/document/manifest.js";
import { deniedSkills } from "../policy/require-allowed.js";
import { isInstalled } from "../workspace/pins.js";
import { errorFinding, type Finding } from "./finding.js";

/** Reports wanted skills that the policy denies; those that are installed stay installed. */
export async function checkPolicy(manifest: Manifest): Promise<Finding[]> {
  const denied = await deniedSkills(manifest, manifest.skills.filter(isInstalled));
  return [...denied].map(([skill, { code, message, facts }]) =>
    errorFinding(code, { skill }, message, `${facts.hint ?? ""} \`eden-skills remove ${skill}\` removes it.`),
  );
}
