import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { developmentsOf, type Developments } from "../store/developments.js";
import { developmentMessage } from "../workspace/development.js";
import { errorFinding, warningFinding, type Finding } from "./finding.js";

/** The skills in development: what their targets show is not what the lockfile records. */
export function checkDevelopment(manifest: Manifest): Finding[] {
  let development: Developments;
  try {
    development = developmentsOf(manifest);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    return [errorFinding(error.code, {}, error.message, error.facts.hint ?? "Delete the file.")];
  }
  return manifest.skills.flatMap(({ id }) => {
    const developed = development.get(id);
    const remedy = `\`eden-skills dev --stop ${id}\` installs the pinned content again; the clone stays.`;
    return developed === undefined
      ? []
      : [warningFinding("SKILL_IN_DEVELOPMENT", { skill: id }, developmentMessage(developed), remedy)];
  });
}
