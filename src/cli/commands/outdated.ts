import type { RunOptions } from "../../run/options.js";
import { NOTHING } from "../../update/skill-diff.js";
import type { OutdatedReport } from "../../update/outdated.js";
import { defineCommand } from "../line/command.js";
import { diffMarkdown } from "../views/diff-markdown.js";
import { isOnGitHub } from "../outputs/on-github.js";
import { askedText } from "../session/asked-text.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { checkMarkdown } from "../line/markdown-option.js";
import { count } from "../views/count.js";
import { outdatedLines } from "../views/outdated-view.js";
import { withReactor } from "../session/reactor-session.js";
import { GROUP_OPTION, IDS, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { flag } from "../line/values.js";
import type { Session } from "../session/session.js";

/** `outdated [ids..]`: what moved upstream. */
export const outdated = defineCommand({
  command: "outdated [ids..]",
  describe: "Show which pins are behind their refs; changes nothing",
  builder: (yargs) =>
    yargs
      .positional("ids", IDS)
      .options(GROUP_OPTION)
      .options({
        diff: flag("Fetch what moved, and show what would change and what in it needs review"),
        markdown: flag("With --diff: as Markdown, for a pull request"),
        concurrency: REACTOR_OPTIONS.concurrency,
        timeout: REACTOR_OPTIONS.timeout,
        retries: REACTOR_OPTIONS.retries,
      })
      .example([
        ["$0 outdated", "one line for each skill that is not current"],
        ["$0 outdated --diff", "and what an update would bring: files, scripts, hosts, tools, hidden characters"],
        ["$0 outdated --strict", "in CI: exit 3 when there is any"],
        ["$0 outdated --json", "every skill, with its pinned and its latest commit"],
      ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const { diff: withDiff, markdown: asMarkdown } = given;
    checkMarkdown(asMarkdown, session, withDiff ? null : "--diff");
    const options = runOptions(session, given);
    const asked = await withReactor(options, session, (reactor) => reactor.outdated());
    const { report, interruptCode } =
      withDiff && asked.interruptCode === null
        ? await compared(asked.value, options, session)
        : { report: asked.value, interruptCode: asked.interruptCode };
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else if (asMarkdown) {
      for (const line of diffMarkdown(report.skills.map(diffRow))) out.line(line);
    } else if (!globals.quiet) out.lines([askedOf(report, options, session), ...outdatedLines(report, outColours)]);
    if (isOnGitHub(session)) {
      const { annotateOutdated } = await import("../outputs/github.js");
      annotateOutdated(report, session);
    }
    if (interruptCode !== null) return interruptCode;
    if (report.skills.some(isBroken)) return 1;
    const isBehind = report.skills.some(({ status }) => ["outdated", "missing", "added", "removed"].includes(status));
    return globals.strict && isBehind ? 3 : 0;
  },
});

function askedOf({ count: number }: OutdatedReport, { ids, groups }: RunOptions, session: Session): string {
  return askedText({ command: "outdated", ids, groups }, count(number, "skill"), session);
}

/** The report with what an update of each outdated skill would bring. */
async function compared(
  report: OutdatedReport,
  options: RunOptions,
  session: Session,
): Promise<{ report: OutdatedReport; interruptCode: number | null }> {
  const moved = report.skills.filter(({ status }) => ["outdated", "missing", "added"].includes(status));
  // What a collection would get is found only by an update of the whole manifest.
  const ids = moved.some(({ status }) => status === "added") ? [] : moved.map(({ id }) => id);
  const found =
    moved.length === 0 ? null : await withReactor({ ...options, ids }, session, (reactor) => reactor.previewUpdate());
  const diffs = new Map(found?.value.skills.map(({ id, ref: _ref, ...diff }) => [id, diff]));
  const skills = report.skills.map((row) => ({ ...row, diff: (moved.includes(row) && diffs.get(row.id)) || null }));
  return { report: { ...report, skills }, interruptCode: found?.interruptCode ?? null };
}

type Skill = OutdatedReport["skills"][number];

function isBroken({ status, diff }: Skill): boolean {
  return status === "unreachable" || (diff?.message ?? null) !== null;
}

function diffRow({ id, current, latest, status, message, diff }: Skill) {
  return {
    id,
    from: current,
    to: latest,
    status,
    message,
    held: null,
    denied: null,
    rewritten: false,
    ...NOTHING,
    ...diff,
  };
}
