import type { Report } from "../../run/report.js";
import { tallyOf } from "../../run/tally.js";
import { sanitize } from "../../errors.js";
import type { Globals } from "../line/global-options.js";
import type { Palette } from "../terms/colour.js";
import type { Standpoint } from "../terms/short-path.js";
import { blockLines } from "./block.js";
import { cancelledBlock } from "./cancelled-block.js";
import { oneLine } from "./one-line.js";
import { changeLines, changesOf, gainLines, targetLines } from "./changed-lines.js";
import { count } from "./count.js";
import { blocksOf } from "./failure-blocks.js";
import { askedLine, lastLine, wantedSkills, type Asked } from "./frame-lines.js";
import { MOST_CHANGES } from "./notice-lines.js";

/** How much of a result is shown. */
export type Detail = "quiet" | "normal" | "verbose";

/** How much is shown with these options. */
export function detailOf({ quiet, verbose }: Pick<Globals, "quiet" | "verbose">): Detail {
  return quiet ? "quiet" : verbose ? "verbose" : "normal";
}

/** How a result is shown, and what was asked besides its command. */
export interface Showing extends Standpoint, Pick<Asked, "ids" | "groups"> {
  colours: Palette;
  detail: Detail;
}

/**
 * The result of a run as text: what was asked, each skill that changed, each cause of a failure with
 * its next step, and what is true now. Quiet: only what went wrong.
 */
export function resultLines(report: Report, showing: Showing): string[] {
  const { colours, detail } = showing;
  const tally = tallyOf(report);
  const isQuiet = detail === "quiet";
  const concerned = report.command === "install" ? null : wantedSkills(tally);
  const cancelled = cancelledBlock(report);
  const blocks = [...blocksOf(report, detail === "verbose"), ...(cancelled === null ? [] : [cancelled])];
  return [
    ...(isQuiet ? [] : [askedLine(askedOf(report, showing), concerned, showing), ...changedLines(report, showing)]),
    ...blocks.flatMap((block) => blockLines(block, colours)),
    ...(detail === "verbose" ? metricLines(report) : []),
    ...(detail === "normal" ? moreChanges(report) : []),
    ...(isQuiet && report.exit_code === 0 ? [] : [lastLine(report, tally, colours)]),
  ];
}

function askedOf({ command, manifest, to, skills, removed }: Report, { ids, groups }: Showing): Asked {
  const asked = { command, manifest, to, groups };
  if (command !== "install") return { ...asked, ids: removed ?? ids };
  const sources = [...new Set(skills.map(({ source }) => oneLine(source.repo)))];
  return { ...asked, ids: skills.map(({ id }) => id), sources };
}

function changedLines(report: Report, { colours, detail }: Showing): string[] {
  const changes = changesOf(report);
  const lines = changeLines(changes, colours);
  return lines.flatMap((line, index) => {
    const change = changes[index];
    if (change === undefined) return [line];
    return [line, ...gainLines(change, colours), ...(detail === "verbose" ? targetLines(change.targets) : [])];
  });
}

function metricLines({ metrics, concurrency }: Report): string[] {
  const { git_processes, bytes_received, peak_in_flight, retried, requeued } = metrics;
  const adjustments = concurrency.adjustments.map(
    ({ at_ms, from, to, governor, reason }) =>
      `adjusted at ${at_ms} ms: ${from} → ${to} (${governor}: ${sanitize(reason)})`,
  );
  return [
    `git processes: ${git_processes}; received: ${bytes_received} bytes; in flight: at most ${peak_in_flight}; retried: ${retried}; requeued: ${requeued}`,
    `concurrency: requested ${concurrency.requested} (${concurrency.origin}), peak ${concurrency.peak}, final ${concurrency.final}`,
    ...adjustments,
  ];
}

/** The changes of a limit that the progress did not show. */
function moreChanges({ concurrency }: Report): string[] {
  const more = concurrency.adjustments.length - MOST_CHANGES;
  return more > 0 ? [`… and ${count(more, "more change", "more changes")} of concurrency; --verbose lists all`] : [];
}
