import { oneLine } from "../views/one-line.js";
import { defineCommand } from "../line/command.js";
import { dryRun, runOptions } from "../line/run-options.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { withReactor } from "../session/reactor-session.js";

/** `config compact`: the manifest in its short form. */
export const configCompact = defineCommand({
  command: "config compact",
  describe: "Rewrite the manifest in its short form, with the same skills",
  builder: (yargs) =>
    yargs.options({ "dry-run": dryRun("Only print what it would be") }).example([
      ["$0 config compact --dry-run", "print the short form: collections, default targets, sources in one string"],
      ["$0 config compact", "rewrite it; comments and the lockfile stay"],
    ]),
  async handler(given, session) {
    const { globals, out } = session;
    const isDryRun = given["dry-run"] === true;
    const { value: report, interruptCode } = await withReactor(runOptions(session), session, (reactor) =>
      reactor.compactConfig({ dryRun: isDryRun }),
    );
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else if (isDryRun) out.line(report.toml.trimEnd());
    else if (!globals.quiet) {
      const { before, after } = report.lines;
      const what = report.changed ? `${before} lines → ${after}` : "already in its short form";
      const kept = report.skipped.map(
        ({ repo, reason }) => `the skills of ${oneLine(repo)} keep their entries: ${oneLine(reason)}`,
      );
      out.lines([`${oneLine(report.manifest)}: ${what}`, ...kept]);
    }
    return interruptCode ?? 0;
  },
});
