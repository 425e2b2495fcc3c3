import type { RunOptions } from "../../run/options.js";
import type { SkillReactor as Reactor } from "../../skill-reactor.js";
import { planRows, type PlanItem } from "../../plan/plan.js";
import type { Command } from "../line/command.js";
import { formatJson } from "../views/json-view.js";
import { NoticeLines } from "../views/notice-lines.js";
import { planExitCode, planLines } from "../views/plan-view.js";
import { PLAN_OPTIONS, planOptions } from "../line/run-options.js";
import type { Session } from "../session/session.js";

/** `plan [ids..]`: what apply would do. */
export const plan: Command = {
  name: "plan",
  positional: { name: "ids", many: true, describe: "Only these skills" },
  summary: "Show what apply would do; reads, and uses no network",
  options: {
    ...PLAN_OPTIONS,
    check: { kind: "flag", describe: "Exit 3 when there is anything to do" },
  },
  examples: [
    ["plan", "a line for each target: + create, ~ update, = noop, ! conflict, - remove"],
    ["plan --check --quiet", "in a script: is this machine as it should be?"],
    ["plan --strict", "conflicts exit 3"],
  ],
  async run(given, session) {
    return await showPlan(planOptions(given, session), session, { check: given.flag("check") });
  },
};

/** Prints the plan for these options, or another that the engine is asked for, and returns the exit code. */
export async function showPlan(
  options: RunOptions,
  session: Session,
  { check }: { check: boolean },
  planned: (reactor: Reactor) => Promise<PlanItem[]> = (reactor) => reactor.plan(),
): Promise<number> {
  const { globals, out, err, outColours, errColours } = session;
  const { SkillReactor } = await import("../../engine.js");
  const reactor = new SkillReactor(options);
  if (!globals.quiet) {
    const notices = new NoticeLines(errColours);
    reactor.on((event) => {
      for (const line of notices.take(event)) err.line(line);
    });
  }
  const items = await planned(reactor);
  if (globals.json) out.raw(`${formatJson(planRows(items))}\n`);
  else for (const line of planLines(items, outColours, globals.quiet)) out.line(line);
  return planExitCode(items, { strict: globals.strict, check });
}
