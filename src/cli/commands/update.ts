import type { RunOptions } from "../../run/options.js";
import { defineCommand } from "../line/command.js";
import { refuseOutputs, OUTPUT_OPTIONS, outputsOf } from "../session/run-outputs.js";
import { diffMarkdown } from "../views/diff-markdown.js";
import { askedText } from "../session/asked-text.js";
import { printDocument } from "../session/print-document.js";
import { count } from "../views/count.js";
import { previewLines } from "../views/outdated-view.js";
import { checkMarkdown } from "../line/markdown-option.js";
import { runReactor, withReactor } from "../session/reactor-session.js";
import { dryRun, GROUP_OPTION, IDS, PLAN_OPTIONS, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { flag } from "../line/values.js";
import type { Session } from "../session/session.js";

/** `update [ids..]`: moves the pins to what the refs are now, and applies. */
export const update = defineCommand({
  command: "update [ids..]",
  aliases: ["upgrade"],
  describe: "Move the pins to the current commits of the refs, and apply",
  builder: (yargs) =>
    yargs
      .positional("ids", IDS)
      .options(GROUP_OPTION)
      .options(REACTOR_OPTIONS)
      .options({
        force: PLAN_OPTIONS.force,
        "dry-run": dryRun("Only fetch, and show what would change and what in it needs review"),
        markdown: flag("With --dry-run: as Markdown, for a pull request"),
        ...OUTPUT_OPTIONS,
      })
      .example([
        ["$0 outdated", "first look what moved upstream"],
        ["$0 update --dry-run", "what it would bring: new capabilities, findings, files"],
        ["$0 update", "move every pin; a ref that is a commit stays"],
        ["$0 update web-design", "only this one; the others keep their pins"],
      ]),
  async handler(given, session) {
    const outputs = outputsOf(given, session);
    const options = runOptions(session, given);
    const { "dry-run": isDryRun, markdown: asMarkdown } = given;
    checkMarkdown(asMarkdown, session, isDryRun ? null : "--dry-run");
    if (isDryRun) {
      refuseOutputs(outputs);
      return await preview(options, session, asMarkdown === true);
    }
    return await runReactor(options, session, outputs, (reactor) => reactor.update());
  },
});

async function preview(options: RunOptions, session: Session, asMarkdown: boolean): Promise<number> {
  const { globals, out, outColours } = session;
  const { value, interruptCode } = await withReactor(options, session, (reactor) => reactor.previewUpdate());
  if (globals.json) printDocument(value, session);
  else if (asMarkdown) {
    for (const line of diffMarkdown(value.skills)) out.line(line);
  } else if (!globals.quiet) {
    const { ids, groups } = options;
    const asked = askedText({ command: "update --dry-run", ids, groups }, count(value.count, "skill"), session);
    out.lines([asked, ...previewLines(value, outColours)]);
  }
  const isBroken = value.skills.some(({ status }) => ["unreachable", "failed"].includes(status));
  if (interruptCode !== null) return interruptCode;
  const isNews = ({ held, denied, status }: (typeof value.skills)[number]) =>
    held !== null || denied !== null || status === "added" || status === "removed";
  return isBroken ? 1 : globals.strict && value.skills.some(isNews) ? 3 : 0;
}
