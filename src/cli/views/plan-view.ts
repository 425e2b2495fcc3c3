import { formatEnvironment } from "../../manifest/targets/target-environment.js";
import type { Action, PlanItem } from "../../plan/plan.js";
import type { Palette } from "../terms/colour.js";
import { actionOf, agentNames, changeLines, targetLines, type TargetChange } from "./changed-lines.js";
import { count } from "./count.js";
import type { Detail } from "./result-view.js";

/**
 * A plan as text: one line for each skill to which something is done, those of one action together,
 * then the totals. Verbose: below each its targets. Quiet: only the conflicts, and what is not known.
 */
export function planLines(items: readonly PlanItem[], colours: Palette, detail: Detail): string[] {
  const skills = [...bySkill(items)].map(([text, targets]) => ({ text, targets, action: actionOf(targets) }));
  const isQuiet = detail === "quiet";
  const changes = GROUPS.filter((action) => !isQuiet || action === "conflict" || action === "unknown").flatMap(
    (action) => skills.filter((skill) => skill.action === action),
  );
  const lines = changeLines(
    changes.map(({ text, targets }) => ({ text, targets: targets.filter(isChange) })),
    colours,
  ).flatMap((line, index) => [line, ...(detail === "verbose" ? targetLines(changes[index]?.targets ?? []) : [])]);
  return isQuiet ? lines : [...lines, totals(skills, items)];
}

const GROUPS: readonly Action[] = ["create", "update", "conflict", "unknown", "remove"];

const WORDS: Record<Action, string> = {
  create: "to create",
  update: "to update",
  conflict: "in conflict",
  unknown: "unknown",
  remove: "to remove",
  noop: "unchanged",
};

interface PlannedTarget extends TargetChange {
  path: string;
}

function bySkill(items: readonly PlanItem[]): Map<string, PlannedTarget[]> {
  const skills = new Map<string, PlannedTarget[]>();
  for (const { skillId, agents, action, reasons, targetPath, environment } of items) {
    const place = environment.kind === "local" ? "" : `${formatEnvironment(environment)} `;
    const names = agentNames({ agents, path: targetPath }).map((name) => `${place}${name}`);
    const target = { action, agents: names, reasons, path: `${place}${targetPath}` };
    skills.set(skillId, [...(skills.get(skillId) ?? []), target]);
  }
  return skills;
}

function isChange({ action }: TargetChange): boolean {
  return action !== "noop";
}

/** `3 skills to create, 1 to update, 57 unchanged`, with what is still to be fetched. */
function totals(skills: readonly { action: Action }[], items: readonly PlanItem[]): string {
  const counts = [...GROUPS, "noop" as const]
    .map((action) => [skills.filter((skill) => skill.action === action).length, WORDS[action]] as const)
    .filter(([number]) => number > 0);
  if (counts.length === 0) return "nothing to do";
  const words = counts.map(([number, word], index) => `${index === 0 ? count(number, "skill") : number} ${word}`);
  const missing = new Set(items.filter(({ action, desired }) => action === "create" && desired === null));
  const toFetch = new Set([...missing].map(({ skillId }) => skillId)).size;
  return `${words.join(", ")}${toFetch === 0 ? "" : `; ${toFetch} to fetch`}`;
}

/** The findings of a plan that cause exit code 3. */
export function planExitCode(items: readonly PlanItem[], rules: { strict: boolean; check: boolean }): 0 | 3 {
  const found = (wanted: (action: Action) => boolean) => items.some(({ action }) => wanted(action));
  if (rules.check && found((action) => action !== "noop")) return 3;
  return rules.strict && found((action) => action === "conflict" || action === "unknown") ? 3 : 0;
}
