import type { EditReport } from "../../edit/edit-skill.js";
import { oneLine } from "./one-line.js";
import type { Session } from "../session/session.js";
import { printDocument, showWarnings } from "../session/print-document.js";

/** The next step after a change of a manifest. */
export const APPLY_NEXT = "`eden-skills apply` makes this machine match.";

/** Reports that a manifest was changed, and the next step. @returns the exit code. */
export function deliverEdit(report: EditReport, session: Session): number {
  const { globals, out } = session;
  showWarnings(session);
  if (globals.json) printDocument(report, session);
  else if (!globals.quiet) {
    const { command, manifest, skill } = report;
    const agents = skill.targets.map(({ agent }) => agent).join(", ");
    const did = command === "add" ? "added" : "changed";
    out.lines([`${did} ${oneLine(skill.id)} (${oneLine(agents)}) in ${oneLine(manifest)}`, APPLY_NEXT]);
  }
  return 0;
}
