import type { AdoptedTarget } from "../../import/adopt.js";
import type { SkippedEntry } from "../../import/skipped-entry.js";
import { APPLY_NEXT } from "./edit-view.js";
import { manifestWords } from "./frame-lines.js";
import { oneLine } from "./one-line.js";
import { isRuntimeFailure } from "../terms/error-exit-code.js";
import type { Session } from "../session/session.js";
import { printDocument, showWarnings } from "../session/print-document.js";

/** The common fields of all imports. */
interface Imported {
  command: string;
  manifest: string;
  dry_run: boolean;
  imported: string[];
  collections?: string[];
  skipped: SkippedEntry[];
  pinned?: { skill_id: string; commit: string }[];
  unpinned?: SkippedEntry[];
  edited?: { skill_id: string; path: string }[];
  adopted?: AdoptedTarget[];
  directories?: { path: string; agents: string[] }[];
}

const NO_LOSS = new Set(["ALREADY_THERE", "SETTINGS_LEFT"]);

/**
 * Prints what was imported and what to do next.
 * @param from the file, and its kind if that is not obvious.
 * @returns the exit code: 1 if a source could not be read, 3 if something else could not be
 *   imported or pinned; 0 if everything else is already in the manifest.
 */
export function deliverImport(report: Imported, from: string, session: Session): number {
  const { globals, out, err, errColours } = session;
  const { skipped, unpinned = [], edited = [] } = report;
  const lost = skipped.filter(({ code }) => !NO_LOSS.has(code));
  showWarnings(session);
  if (globals.json) printDocument(report, session);
  else {
    const shown = globals.quiet ? lost : skipped;
    err.lines(shown.map(({ id, reason }) => `${errColours.odd("skipped")} ${oneLine(id)}: ${oneLine(reason)}`));
    err.lines(unpinned.map(({ id, reason }) => `${errColours.odd("not pinned")} ${oneLine(id)}: ${oneLine(reason)}`));
    err.lines(edited.map(({ path }) => `${errColours.odd("edited")} ${oneLine(path)}: it is not what its pin has`));
    if (!globals.quiet) out.lines(importLines(report, from, session));
  }
  const all = [...lost, ...unpinned];
  if (all.some(({ code }) => isRuntimeFailure(code))) return 1;
  return all.length > 0 ? 3 : 0;
}

function importLines(
  report: Imported,
  from: string,
  { host, outColours }: Pick<Session, "host" | "outColours">,
): string[] {
  const { command, manifest, dry_run: isDryRun, skipped, pinned = [], adopted = [], directories = [] } = report;
  const imported = [...report.imported, ...(report.collections ?? []).map((key) => `collection ${key}`)];
  const isOpen = !isDryRun && imported.length + adopted.length > 0;
  const words = [
    command,
    ...(isDryRun ? ["--dry-run"] : []),
    `from ${oneLine(from)}`,
    ...manifestWords(manifest, host),
  ];
  return [
    words.join(" "),
    ...imported.map((id) => `${outColours.good("+")} ${oneLine(id)}`),
    ...(imported.length > 0 ? directories : []).map(
      ({ path, agents }) => `in ${oneLine(path)} for ${oneLine(agents.join(", "))}`,
    ),
    ...pinned.map(({ skill_id: id, commit }) => `${oneLine(id)} is pinned to ${commit.slice(0, 12)}`),
    ...adopted.map(({ target_path: path }) => `adopted ${oneLine(path)}`),
    `${imported.length} ${isDryRun ? "would be imported" : "imported"}, ${skipped.length} skipped`,
    ...(isOpen ? [APPLY_NEXT] : []),
  ];
}
