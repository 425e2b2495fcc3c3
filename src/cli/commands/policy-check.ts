import { defineCommand } from "../line/command.js";
import { GROUP_OPTION, IDS, runOptions } from "../line/run-options.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { policyLines } from "../views/policy-view.js";

/** `policy check [ids..]`: what the policy says about each skill, and which rule says it. */
export const policyCheck = defineCommand({
  command: "policy check [ids..]",
  describe: "Explain what the policy says about each skill; exit 3 when it denies one",
  builder: (yargs) =>
    yargs
      .positional("ids", IDS)
      .options(GROUP_OPTION)
      .example([
        ["$0 policy check", "no network: the rules of the manifest, its team file and ~/.eden-skills/policy.toml"],
        ["$0 policy check web-design --verbose", "one skill, with the rules that allow it"],
        ["$0 policy check --json", "each rule with its file and line, for a script"],
      ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const { SkillReactor } = await import("../../skill-reactor.js");
    const report = await new SkillReactor(runOptions(session, given)).checkPolicy();
    showWarnings(session);
    const { denied, undecided } = report.summary;
    const code = undecided > 0 ? 1 : denied > 0 ? 3 : 0;
    if (globals.json) printDocument(report, session);
    else if (!globals.quiet || code !== 0)
      for (const line of policyLines(report, session.host, { colours: outColours, all: globals.verbose === true }))
        out.line(line);
    return code;
  },
});
