import { SEVERITIES } from "../../skill/audit/finding.js";
import { count } from "../views/count.js";
import { auditLines, deniedBy } from "../views/audit-view.js";
import { defineCommand } from "../line/command.js";
import { isOnGitHub } from "../outputs/on-github.js";
import { askedText } from "../session/asked-text.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { IDS, runOptions } from "../line/run-options.js";
import { choice } from "../line/values.js";

/** `audit [ids..]`: what a person should look at before an agent does. */
export const audit = defineCommand({
  command: "audit [ids..]",
  describe: "Report content of the skills that needs a review; triage, not a verdict",
  builder: (yargs) =>
    yargs
      .positional("ids", IDS)
      .options({ deny: choice("Exit 3 for a finding of this severity or a higher one", SEVERITIES) })
      .example([
        ["$0 audit", "every skill that is pinned or linked; no network, nothing of a skill is run"],
        ["$0 audit --deny high", "in CI: exit 3 when there is a finding of high or critical"],
        ["$0 audit web-design --json", "one skill, for a script; what is fetched when a skill is used cannot be seen"],
      ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const { deny = null } = given;
    const { SkillReactor } = await import("../../skill-reactor.js");
    const report = await new SkillReactor(runOptions(session, given)).audit();
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    const denied = deny === null ? 0 : deniedBy(report, deny);
    const code = report.not_audited.length > 0 ? 1 : denied > 0 ? 3 : 0;
    const isShown = !globals.json && (!globals.quiet || code !== 0);
    if (isShown) {
      const asked = askedText({ command: "audit", ids: given.ids }, count(report.summary.skills, "skill"), session);
      const lines = auditLines(report, { deny, quiet: globals.quiet === true }, outColours);
      out.lines(globals.quiet ? lines : [asked, ...lines]);
    }
    if (isOnGitHub(session)) {
      const { annotateAudit } = await import("../outputs/github.js");
      annotateAudit(report, deny, session);
    }
    return code;
  },
});
