import type { AgentView } from "./agent-view.js";
import { warningFinding, type Finding } from "./finding.js";

/**
 * Checks whether an agent shows all names and descriptions to its model without cutting them, if
 * its budget is known.
 * @param ids the skills of the manifest: a long description is reported only for these.
 */
export function checkBudget({ agent, directories }: AgentView, ids: ReadonlySet<string>): Finding[] {
  const { id, descriptionBudget: budget, shadowing } = agent;
  if (budget === undefined) return [];
  const all = directories.flatMap(({ skills }) => skills);
  // It shows one of two skills of one name, unless it is known to show both.
  const isBoth = shadowing?.length === 0;
  const shown = all.filter(({ name }, index) => isBoth || all.findIndex((other) => other.name === name) === index);
  const characters = shown.reduce((sum, one) => sum + one.characters, 0);
  const findings: Finding[] = [];
  if (characters > budget.characters) {
    const share = `${budget.contextShare * 100} % of the model's context, about ${budget.characters} characters`;
    const message = `the names and descriptions of all skills that ${id} sees have ${characters} characters; beyond ${share}, it cuts descriptions short or leaves them out`;
    const remedy = "Install fewer skills for it, or skills with shorter descriptions.";
    findings.push(warningFinding("DESCRIPTION_BUDGET", {}, message, remedy));
  }
  for (const { name, path, described, characters: counted } of shown) {
    if (budget.each === undefined || counted === 0 || described <= budget.each || !ids.has(name)) continue;
    const message = `its description has ${described} characters; ${id} cuts it at ${budget.each}`;
    const remedy = "Report it to the skill's author; the end of the description is not shown to the model.";
    findings.push(warningFinding("DESCRIPTION_BUDGET", { skill: name, target: path }, message, remedy));
  }
  return findings;
}
