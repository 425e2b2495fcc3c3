import { resolve } from "node:path";
import { refProblem } from "../../manifest/names/ref-name.js";
import type { Proposal, ProposeRequest } from "../../propose/propose.js";
import { requireKnown } from "../../system/known-directory.js";
import { writeByRename } from "../../system/write-files.js";
import { defineCommand } from "../line/command.js";
import { dryRun, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { usageError } from "../line/usage-error.js";
import { list, Refusal, text, value } from "../line/values.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { withReactor } from "../session/reactor-session.js";
import { diffMarkdown } from "../views/diff-markdown.js";
import { textDiffMarkdown } from "../views/text-diff-markdown.js";
import { proposalLines } from "../views/proposal-view.js";

/** `propose`: an update as a pull request. */
export const propose = defineCommand({
  command: "propose",
  describe: "Propose an update as a pull request, and renew the one that is there",
  builder: (yargs) =>
    yargs
      .options({
        group: list("A pull request for the skills of each of these groups (default: one for all skills)"),
        base: branch("The branch that it is for (default: the one that is checked out)"),
        branch: branch("The branch of the pull request; a group is appended (default: eden-skills/update)"),
        remote: text("The remote to push to (default: origin)"),
        sarif: text("Also write the new findings to this file, as SARIF 2.1.0"),
        "dry-run": dryRun("Show what would be done; push and change nothing"),
        concurrency: REACTOR_OPTIONS.concurrency,
        timeout: REACTOR_OPTIONS.timeout,
        retries: REACTOR_OPTIONS.retries,
      })
      .example([
        ["GITHUB_TOKEN=… $0 propose", "opens or renews one pull request; closes it when no pin is behind"],
        ["GITLAB_TOKEN=… $0 propose", "a merge request of GitLab"],
        ["$0 propose --dry-run", "shows it with its text; needs the token, too, to look for one that is open"],
        ["$0 propose --group web docs", "one for each group: eden-skills/update-web, eden-skills/update-docs"],
      ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    if (globals.offline) throw usageError("--offline", "a proposal is pushed, which this forbids");
    const { group: groups = [], base = null, remote = "origin", "dry-run": isDryRun = false } = given;
    const request = {
      base,
      branch: given.branch ?? "eden-skills/update",
      remote,
      dryRun: isDryRun,
      describe: DESCRIBE,
    };
    const { group: _, ...others } = given;
    const sarif = given.sarif === undefined ? null : requireKnown(resolve(session.host.cwd, given.sarif));
    const { value: proposals, interruptCode } = await withReactor(
      runOptions(session, others),
      session,
      async (reactor) => {
        const made: Proposal[] = [];
        for (const group of groups.length === 0 ? [null] : groups)
          made.push(await reactor.propose({ ...request, group }));
        return made;
      },
    );
    showWarnings(session);
    if (sarif !== null) writeByRename(sarif, await sarifOf(proposals));
    if (globals.json)
      printDocument({ schema_version: 1, command: "propose", dry_run: isDryRun, sarif, proposals }, session);
    else if (!globals.quiet)
      for (const line of proposals.flatMap((proposal) => proposalLines(proposal, isDryRun, outColours))) out.line(line);
    if (interruptCode !== null) return interruptCode;
    if (proposals.some(({ failed }) => failed.length > 0)) return 1;
    return proposals.some(({ action }) => action === "kept") ? 3 : 0;
  },
});

/** What the proposals newly bring, as SARIF. */
async function sarifOf(proposals: readonly Proposal[]): Promise<string> {
  const { auditReport } = await import("../../upkeep/audit.js");
  const { auditSarif } = await import("../outputs/sarif.js");
  const pins = proposals.flatMap((proposal) => proposal.pins);
  const failed = [...new Set(proposals.flatMap((proposal) => proposal.failed))];
  const report = auditReport({
    skills: pins.length,
    files: 0,
    findings: pins.flatMap(({ id, findings }) => findings.map((finding) => ({ ...finding, skill_id: id }))),
    left: failed.map((id) => ({ skill_id: id, reason: "it could not be compared" })),
  });
  return auditSarif(report);
}

const DESCRIBE: ProposeRequest["describe"] = ({ skills }, texts) =>
  diffMarkdown(skills, textDiffMarkdown(texts)).join("\n");

function branch(describe: string) {
  return value(describe, (name) => {
    const problem = refProblem(name);
    return problem === null ? name : new Refusal(problem);
  });
}
