import { resolve } from "node:path";
import { SEVERITIES } from "../../skill/audit/finding.js";
import { count } from "../views/count.js";
import { requireKnown } from "../../system/known-directory.js";
import { writeByRename } from "../../system/write-files.js";
import type { SkillReactor } from "../../skill-reactor.js";
import type { AuditReport } from "../../upkeep/audit.js";
import { usageError } from "../line/usage-error.js";
import { auditLines, deniedBy } from "../views/audit-view.js";
import { defineCommand } from "../line/command.js";
import { isOnGitHub } from "../outputs/on-github.js";
import { askedText } from "../session/asked-text.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { IDS, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { choice, flag, text } from "../line/values.js";
import { withReactor } from "../session/reactor-session.js";

/** `audit [ids..]`: what a person should look at before an agent does. */
export const audit = defineCommand({
  command: "audit [ids..]",
  describe: "Report content of the skills that needs a review; triage, not a verdict",
  builder: (yargs) =>
    yargs
      .positional("ids", IDS)
      .options({
        diff: flag("Only what the pending update would newly bring; fetches, and changes no pin"),
        deny: choice("Exit 3 for a finding of this severity or a higher one", SEVERITIES),
        baseline: text("Leave out the findings that this file has"),
        "write-baseline": flag("Write the present findings to the file of --baseline"),
        sarif: text("Also write the findings to this file, as SARIF 2.1.0"),
        format: choice("sarif: print SARIF 2.1.0 instead of text", ["text", "sarif"]),
        timeout: REACTOR_OPTIONS.timeout,
        retries: REACTOR_OPTIONS.retries,
      })
      .example([
        ["$0 audit", "every skill that is pinned or linked; no network, nothing of a skill is run"],
        ["$0 audit --deny high", "in CI: exit 3 when there is a finding of high or critical"],
        ["$0 audit --baseline audit.json --deny medium", "exit 3 only for what is new since `--write-baseline`"],
        ["$0 audit --sarif audit.sarif", "for GitHub's code scanning"],
        ["$0 audit --diff --deny high", "exit 3 when the pending update brings a finding of high or critical"],
        ["$0 audit web-design --json", "one skill, for a script; what is fetched when a skill is used cannot be seen"],
      ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const { deny = globals.strict ? "low" : null } = given;
    const absolute = (path: string) => requireKnown(resolve(session.host.cwd, path));
    if (given["write-baseline"] === true && given.baseline === undefined)
      throw usageError("--write-baseline", "name the file: --baseline FILE --write-baseline");
    if (given.format === "sarif" && globals.json === true)
      throw usageError("--format", "SARIF and --json are two documents: give one of them");
    if (given["write-baseline"] === true && given.diff === true)
      throw usageError("--write-baseline", "--diff shows only what is new; write the baseline without it");
    const { value: found, interruptCode } = await withReactor(runOptions(session, given), session, (reactor) =>
      given.diff === true ? auditUpdate(reactor) : reactor.audit(),
    );
    const report = given.baseline === undefined ? found : await compared(found, absolute(given.baseline), given);
    showWarnings(session);
    if (given.sarif !== undefined) writeByRename(absolute(given.sarif), await sarifOf(report));
    if (globals.json) printDocument(report, session);
    if (given.format === "sarif") out.raw(await sarifOf(report));
    const denied = deny === null ? 0 : deniedBy(report, deny);
    const code = report.not_audited.length > 0 ? 1 : denied > 0 ? 3 : 0;
    const isShown = !globals.json && given.format !== "sarif" && (!globals.quiet || code !== 0);
    if (isShown) {
      const asked = askedText({ command: "audit", ids: given.ids }, count(report.summary.skills, "skill"), session);
      const lines = auditLines(report, { deny, quiet: globals.quiet === true }, outColours);
      out.lines(globals.quiet ? lines : [asked, ...lines]);
    }
    if (isOnGitHub(session)) {
      const { annotateAudit } = await import("../outputs/github.js");
      annotateAudit(report, deny, session);
    }
    return interruptCode ?? code;
  },
});

async function auditUpdate(reactor: SkillReactor): Promise<AuditReport> {
  const { auditOfUpdate } = await import("../../update/audit-update.js");
  return auditOfUpdate(await reactor.previewUpdate());
}

/** The report without the findings of a baseline, which is written first if that was asked. */
async function compared(
  report: AuditReport,
  path: string,
  { "write-baseline": isWritten }: { "write-baseline"?: boolean | undefined },
): Promise<AuditReport> {
  const { withoutKnown, writeBaseline } = await import("../../upkeep/audit-baseline.js");
  if (isWritten === true) writeBaseline(report, path);
  return withoutKnown(report, path);
}

async function sarifOf(report: AuditReport): Promise<string> {
  const { auditSarif } = await import("../outputs/sarif.js");
  return auditSarif(report);
}
