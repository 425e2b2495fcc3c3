import { defineCommand } from "../line/command.js";
import { cleanLines } from "../views/clean-view.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { withReactor } from "../session/reactor-session.js";
import { dryRun, runOptions } from "../line/run-options.js";
import { count, flag } from "../line/values.js";

/** `clean`: removes what no manifest needs any more. */
export const clean = defineCommand({
  command: "clean",
  describe: "Remove store entries, mirrors and leftovers that no manifest needs",
  builder: (yargs) =>
    yargs
      .options({
        all: flag("Everything that can be fetched again, even what is in use; state, history and backups stay"),
        history: count("Keep what a rollback to so many earlier states needs (10), and forget older ones", 1000),
        "dry-run": dryRun("Only show what would be removed"),
      })
      .example([
        ["$0 clean --dry-run", "what would go, and how much it would free"],
        ["$0 clean", "remove it; what any manifest known on this machine, or a run that goes on, needs is kept"],
        ["$0 clean --history 0", "also what only a rollback would need"],
        ["$0 clean --all", "empty the storage; the next apply fetches again what it needs"],
      ]),
  async handler(given, session) {
    const { globals, out } = session;
    const isDryRun = given["dry-run"] === true;
    const request = { dryRun: isDryRun, all: given.all === true, history: given.history };
    const { value: report, interruptCode } = await withReactor(
      runOptions(session),
      session,
      (reactor) => reactor.clean(request),
      "Looking for what no manifest needs",
    );
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else if (!globals.quiet) out.lines(cleanLines(report, isDryRun));
    return interruptCode ?? 0;
  },
});
