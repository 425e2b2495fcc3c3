import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { isInstalled } from "../workspace/pins.js";
import { inEachLayer, type RuleVerdict, type Verdict } from "./verdict.js";

/**
 * What the policy says about the number of skills that an agent gets: the first ones in the order
 * of the manifest fit.
 */
export function budgetVerdicts({ policy, skills }: Manifest, skill: ManifestSkill): Verdict[] {
  return inEachLayer(policy, ({ rules }): RuleVerdict[] => {
    const most = rules.budgets?.skills_per_agent;
    if (most === undefined || !isInstalled(skill)) return [];
    const before = skills
      .slice(
        0,
        skills.findIndex(({ id }) => id === skill.id),
      )
      .filter(isInstalled);
    const about = { rule: "budgets", at: ["budgets", "skills_per_agent"] } as const;
    const full = agentsOf(skill).find((agent) => before.filter((one) => agentsOf(one).includes(agent)).length >= most);
    if (full === undefined)
      return [{ ...about, outcome: "allowed", message: `no agent of it has more than ${most} skills` }];
    return [{ ...about, outcome: "denied", message: `${full} has ${most} skills before it, and may have ${most}` }];
  });
}

function agentsOf({ targets }: ManifestSkill): string[] {
  return targets.flatMap(({ agents }) => agents);
}
