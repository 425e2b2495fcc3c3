import width from "fast-string-width";
import { isPinHeld } from "../../run/events.js";
import type { Report, SkillReport, TargetReport } from "../../run/report.js";
import type { Action } from "../../plan/plan.js";
import type { Palette } from "../terms/colour.js";
import { withoutInvisible } from "../../skill/audit/skill-text.js";
import { count } from "./count.js";
import { oneLine } from "./one-line.js";

/** What is done to one target, or would be. */
export interface TargetChange {
  action: Action;
  agents: readonly string[];
  reasons: readonly string[];
}

/** What is done to one skill. */
export interface SkillChange<T extends TargetChange = TargetChange> {
  /** `web-design`, or `web-design 1a2b3c4 → 5d6e7f8 (2 commits, 3 files)`. */
  text: string;
  targets: readonly T[];
  /** What it can newly do. */
  gains?: readonly string[];
}

/** The skills of a report of which something changed: a target, or the pin. */
export function changesOf({ skills }: Pick<Report, "skills">): SkillChange<TargetReport>[] {
  return skills.flatMap((skill) => {
    const done = skill.targets.filter(({ status }) => status === "done");
    const changed = done.filter(({ action }) => action !== "noop");
    if (changed.length === 0 && skill.moved === undefined) return [];
    const shown = skill.moved === undefined ? changed : done;
    const gains = skill.diagnostics.some(isPinHeld) ? [] : (skill.moved?.gains ?? []);
    const targets = shown.map((one) => ({ ...one, agents: agentNames(one) }));
    return [{ text: skillText(skill), targets, gains }];
  });
}

/** The agents of a target; its path for one of the user's own. */
export function agentNames({ agents, path }: { agents: readonly string[]; path: string }): string[] {
  return agents.map((agent) => (agent === "custom" ? path : agent));
}

/** `web-design 1a2b3c4 → 5d6e7f8 (2 commits, 3 files)`, for a skill whose pin was moved. */
function skillText({ id, moved, diagnostics }: SkillReport): string {
  if (moved === undefined || diagnostics.some(isPinHeld)) return oneLine(id);
  const { from, to, commits, files } = moved;
  const facts = [
    ...(commits === null ? [] : [count(commits, "commit")]),
    ...(files === null ? [] : [count(files, "file")]),
  ];
  const details = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
  return `${oneLine(id)} ${from.slice(0, 7)} → ${to.slice(0, 7)}${details}`;
}

const SIGNS: Record<Action, string> = { create: "+", update: "~", noop: "=", conflict: "!", remove: "-", unknown: "?" };

/** One line for each skill: what is done to it, its agents, and why if that says something new. */
export function changeLines(changes: readonly SkillChange[], colours: Palette): string[] {
  // A moved pin is no name: a column as wide would be far from the others.
  const isName = ({ text }: SkillChange) => !text.includes(" ");
  const longest = Math.max(0, ...changes.filter(isName).map(({ text }) => width(text)));
  return changes.map(({ text, targets }) => {
    const found = actionOf(targets);
    // A pin that was moved is a change, even if no file did.
    const action = found === "noop" ? "update" : found;
    const padding = " ".repeat(Math.max(0, longest - width(text)));
    const sign = toneOf(action, colours)(SIGNS[action]);
    return `${sign} ${text}${padding}  ${agentsOf(targets, action)}${reasonsOf(targets)}`.trimEnd();
  });
}

/** Boring reasons: the sign says it, or the moved pin. */
const PLAIN = new Set(["nothing is there", "never synced", "its content changed", "forced: a backup is kept"]);

/** What is done to a skill as a whole. */
export function actionOf(targets: readonly TargetChange[]): Action {
  const actions = new Set(targets.map(({ action }) => action).filter((action) => action !== "noop"));
  const [only = "noop"] = actions;
  if (actions.size <= 1) return only;
  if (actions.has("conflict")) return "conflict";
  return actions.has("unknown") ? "unknown" : "update";
}

/** `claude-code, cursor`; those to which something else is done than to the others have its sign. */
function agentsOf(targets: readonly TargetChange[], usual: Action): string {
  const words = targets.flatMap(({ action, agents }) =>
    agents.map((agent) => (action === usual || action === "noop" ? agent : `${SIGNS[action]} ${agent}`)),
  );
  return oneLine([...new Set(words)].toSorted().join(", "));
}

function reasonsOf(targets: readonly TargetChange[]): string {
  const reasons = new Set(targets.flatMap((target) => target.reasons).filter((reason) => !PLAIN.has(reason)));
  return reasons.size === 0 ? "" : ` (${oneLine([...reasons].join("; "))})`;
}

/** The tone of an action. */
export function toneOf(action: Action, colours: Palette): (text: string) => string {
  if (action === "create") return colours.good;
  if (action === "noop") return colours.faint;
  return action === "conflict" || action === "unknown" ? colours.bad : colours.odd;
}

/** One line that lists what a skill can newly do, or none. */
export function gainLines({ gains = [] }: SkillChange, colours: Palette): string[] {
  if (gains.length === 0) return [];
  const more = gains.length - MOST_GAINS;
  const shown = [...gains.slice(0, MOST_GAINS), ...(more > 0 ? [`${more} more`] : [])];
  return [`    ${colours.odd("gains")} ${withoutInvisible(oneLine(shown.join(", ")))}`];
}

/** Capabilities that are listed; `show` has all. */
const MOST_GAINS = 8;

/** One line for each changed target, for `--verbose`. */
export function targetLines(targets: readonly (TargetChange & { path: string })[]): string[] {
  return targets.map(({ action, path, reasons }) => {
    const why = reasons.length === 0 ? "" : ` (${oneLine(reasons.join("; "))})`;
    return `    ${SIGNS[action]} ${action.padEnd(8)} ${oneLine(path)}${why}`;
  });
}
