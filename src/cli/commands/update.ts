import type { RunOptions } from "../../run/options.js";
import { usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { REPORT_OPTIONS, reportFilesOf } from "../session/report-file.js";
import { diffMarkdown } from "../views/diff-markdown.js";
import { printDocument } from "../session/print-document.js";
import { previewLines } from "../views/outdated-view.js";
import { markdownWanted } from "../line/markdown-option.js";
import { runReactor, withReactor } from "../session/reactor-session.js";
import { PLAN_OPTIONS, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import type { Session } from "../session/session.js";

/** `update [ids..]`: moves the pins to what the refs are now, and applies. */
export const update: Command = {
  name: "update",
  positional: { name: "ids", many: true, describe: "Only these skills" },
  summary: "Move the pins to what the refs are now, and apply",
  options: {
    ...REACTOR_OPTIONS,
    force: PLAN_OPTIONS.force,
    "dry-run": { kind: "flag", describe: "Only fetch, and show what would change and what in it deserves a look" },
    markdown: { kind: "flag", describe: "With --dry-run: as Markdown, for a pull request" },
    ...REPORT_OPTIONS,
  },
  examples: [
    ["outdated", "first look what moved upstream"],
    ["update --dry-run", "what it would bring: files, scripts, hosts, tools, hidden characters"],
    ["update", "move every pin; a ref that is a commit stays"],
    ["update web-design", "only this one; the others keep their pins"],
  ],
  async run(given, session) {
    const reportFiles = reportFilesOf(given, session);
    const options = { ...runOptions(given, session), update: true };
    const isDryRun = given.flag("dry-run");
    const asMarkdown = markdownWanted(given, session, isDryRun ? null : "--dry-run");
    if (isDryRun) {
      if (reportFiles[0] !== undefined) throw usageError(reportFiles[0].flag, "a dry run makes no report");
      return await preview(options, session, asMarkdown);
    }
    return await runReactor(options, session, reportFiles, (reactor) => reactor.apply());
  },
};

async function preview(options: RunOptions, session: Session, asMarkdown: boolean): Promise<number> {
  const { globals, out, outColours } = session;
  const { value, interruptCode } = await withReactor(options, session, (reactor) => reactor.previewUpdate());
  if (globals.json) printDocument(value, session);
  else if (asMarkdown) {
    for (const line of diffMarkdown(value.skills)) out.line(line);
  } else if (!globals.quiet) {
    for (const line of previewLines(value, outColours)) out.line(line);
  }
  const isBroken = value.skills.some(({ status }) => ["unreachable", "failed"].includes(status));
  if (interruptCode !== null) return interruptCode;
  return isBroken ? 1 : globals.strict && value.skills.some(({ held }) => held !== null) ? 3 : 0;
}
