import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { readDevelopments, type Developments } from "../store/developments.js";
import { developmentMessage } from "../workspace/development.js";
import { errorFinding, warningFinding, type Finding } from "./finding.js";

/** The skills in development: what their targets show is not what the lockfile records. */
export function checkDevelopment({ storageRoot, path, skills }: Manifest): Finding[] {
  let development: Developments;
  try {
    development = readDevelopments(storageRoot, path);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    return [errorFinding(error.code, {}, error.message, error.facts.hint ?? "Delete the file.")];
  }
  return skills.flatMap(({ id }) => {
    const developed = development.get(id);
    const remedy = `\`eden-skills dev --stop ${id}\` installs the pinned content again; the clone stays.`;
    return developed === undefined
      ? []
      : [warningFinding("SKILL_IN_DEVELOPMENT", { skill: id }, developmentMessage(developed), remedy)];
  });
}
