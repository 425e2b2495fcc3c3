import type { RunOptions } from "../../run/options.js";
import type { SkillReactor as Reactor } from "../../skill-reactor.js";
import { planRows, type PlanItem } from "../../plan/plan.js";
import { defineCommand } from "../line/command.js";
import { writeDocument } from "../session/write-document.js";
import { NoticeLines } from "../views/notice-lines.js";
import { planExitCode, planLines } from "../views/plan-view.js";
import { GROUP_OPTION, IDS, PLAN_OPTIONS, ROOT_OPTIONS, runOptions } from "../line/run-options.js";
import { count } from "../views/count.js";
import { askedText } from "../session/asked-text.js";
import { detailOf } from "../views/result-view.js";
import { flag } from "../line/values.js";
import type { Session } from "../session/session.js";

/** `plan [ids..]`: what apply would do. */
export const plan = defineCommand({
  command: "plan [ids..]",
  describe: "Show what apply would do; reads, and uses no network",
  builder: (yargs) =>
    yargs
      .positional("ids", IDS)
      .options(GROUP_OPTION)
      .options(PLAN_OPTIONS)
      .options(ROOT_OPTIONS)
      .options({ check: flag("Exit 3 when there is anything to do") })
      .example([
        ["$0 plan", "a line for each skill: + create, ~ update, ! conflict, - remove; --verbose adds targets"],
        ["$0 plan --check --quiet", "in a script: is this machine as it should be?"],
        ["$0 plan --strict", "conflicts exit 3"],
      ]),
  async handler(given, session) {
    return await showPlan(runOptions(session, given), session, { check: given.check === true });
  },
});

/**
 * Prints the plan for these options, or another that the engine is asked for, and returns the exit
 * code.
 */
export async function showPlan(
  options: RunOptions,
  session: Session,
  { check }: { check: boolean },
  planned: (reactor: Reactor) => Promise<PlanItem[]> = (reactor) => reactor.plan(),
): Promise<number> {
  const { globals, out, err, errColours } = session;
  const { SkillReactor } = await import("../../skill-reactor.js");
  const reactor = new SkillReactor(options);
  let isUnresolved = false;
  reactor.on((event) => {
    if (event.type === "notice" && event.code === "COLLECTION_UNRESOLVED") isUnresolved = true;
  });
  if (!globals.quiet) {
    const notices = new NoticeLines(errColours);
    reactor.on((event) => {
      err.lines(notices.take(event));
    });
  }
  const items = await planned(reactor);
  if (globals.json) writeDocument(planRows(items), session);
  else out.lines(planText(items, options, session));
  return check && isUnresolved ? 3 : planExitCode(items, { strict: globals.strict === true, check });
}

function planText(items: readonly PlanItem[], { ids, groups }: RunOptions, session: Session): string[] {
  const { globals, outColours } = session;
  const skills = count(new Set(items.map(({ skillId }) => skillId)).size, "skill");
  const asked = askedText({ command: "plan", ids, groups }, skills, session);
  const lines = planLines(items, outColours, detailOf(globals));
  return globals.quiet ? lines : [asked, ...lines];
}
