import type { EditReport } from "../apply/edit-skill.js";
import type { Problem } from "../errors.js";
import { oneLine } from "./action-line.js";
import { formatJson } from "./json-view.js";
import { warningLines } from "./problem-view.js";
import type { Session } from "./session.js";

/** Tells that a manifest was changed, and what is left to do. @returns the exit code. */
export function deliverEdit(
  { report, warnings }: { report: EditReport; warnings: readonly Problem[] },
  { globals, out, err, errColours }: Session,
): number {
  if (!globals.quiet) for (const line of warningLines(warnings, errColours)) err.line(line);
  if (globals.json) out.raw(`${formatJson(report)}\n`);
  else if (!globals.quiet) {
    const { command, manifest, skill } = report;
    const agents = skill.targets.map(({ agent }) => agent).join(", ");
    const did = command === "add" ? "added" : "changed";
    out.line(`${did} ${oneLine(skill.id)} (${oneLine(agents)}) in ${oneLine(manifest)}`);
    out.line("`eden-skills apply` makes this machine match.");
  }
  return 0;
}
