import type { Manifest } from "../manifest/document/manifest.js";
import { readDevelopments } from "../store/developments.js";
import { developmentMessage } from "../workspace/development.js";
import { warningFinding, type Finding } from "./finding.js";

/** The skills in development: what their targets show is not what the lockfile records. */
export function checkDevelopment({ storageRoot, path, skills }: Manifest): Finding[] {
  const development = readDevelopments(storageRoot, path);
  return skills.flatMap(({ id }) => {
    const developed = development.get(id);
    const remedy = `\`eden-skills dev --stop ${id}\` installs the pinned content again; the clone stays.`;
    return developed === undefined
      ? []
      : [warningFinding("SKILL_IN_DEVELOPMENT", { skill: id }, developmentMessage(developed), remedy)];
  });
}
