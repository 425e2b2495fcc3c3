import { quote } from "../../manifest/format/findings.js";
import { didYouMean } from "../../manifest/names/nearest-word.js";
import { SEVERITIES, type Severity } from "../../skill/audit/finding.js";
import { usageError, type Arguments } from "../line/arguments.js";
import { auditLines, deniedBy } from "../views/audit-view.js";
import type { Command } from "../line/command.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { planOptions } from "../line/run-options.js";

/** `audit [ids..]`: what a person should look at before an agent does. */
export const audit: Command = {
  name: "audit",
  positional: { name: "ids", many: true, describe: "Only these skills" },
  summary: "Point out what in the skills deserves a look; triage, no verdict",
  options: {
    deny: {
      kind: "text",
      describe: `Exit 3 when a finding is as heavy as this: ${SEVERITIES.join(", ")}`,
      judge: severityOf,
    },
  },
  examples: [
    ["audit", "every skill that is pinned or linked; no network, nothing of a skill is run"],
    ["audit --deny high", "in CI: exit 3 when there is a finding of high or critical"],
    ["audit web-design --json", "one skill, for a script; what is fetched when a skill is used cannot be seen"],
  ],
  async run(given, session) {
    const { globals, out, outColours } = session;
    const deny = severityOf(given);
    const looking = await import("../../engine.js");
    const report = await looking.audit(planOptions(given, session));
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    const denied = deny === null ? 0 : deniedBy(report, deny);
    const code = report.not_audited.length > 0 ? 1 : denied > 0 ? 3 : 0;
    const isShown = !globals.json && (!globals.quiet || code !== 0);
    if (isShown) for (const line of auditLines(report, { deny, quiet: globals.quiet }, outColours)) out.line(line);
    return code;
  },
};

function severityOf(given: Arguments): Severity | null {
  const text = given.text("deny");
  if (text === undefined) return null;
  const known = SEVERITIES.find((severity) => severity === text);
  if (known !== undefined) return known;
  throw usageError("--deny", `${quote(text)} is no severity (${SEVERITIES.join(", ")})${didYouMean(text, SEVERITIES)}`);
}
