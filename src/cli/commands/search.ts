import { usageError } from "../line/usage-error.js";
import { defineCommand } from "../line/command.js";
import { withReactor } from "../session/reactor-session.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { diagnosticLines, searchLines } from "../views/registry-view.js";
import { runOptions } from "../line/run-options.js";

/** `search WORD`: looks in the indexes of the registries. */
export const search = defineCommand({
  command: "search <word>",
  describe: "Look for skills in the indexes of the registries",
  builder: (yargs) =>
    yargs
      .positional("word", {
        type: "string",
        describe:
          "Part of a name or description. The [registries.NAME] of the manifest are searched, git repositories with an index",
      })
      .example([
        ["$0 search pdf", "every skill with pdf in its name or description"],
        ["$0 search pdf --json", "the same for a script, with all versions"],
      ]),
  async handler(given, session) {
    const { globals, out, err, outColours, errColours } = session;
    const word = (given.word ?? "").trim();
    if (word === "") throw usageError("", "the search word must not be empty");
    const options = runOptions(session);
    const { value: report, interruptCode } = await withReactor(options, session, (reactor) => reactor.search(word));
    const isBroken = report.diagnostics.some(({ severity }) => severity === "error");
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else {
      const shown = report.diagnostics.filter(({ severity }) => severity === "error" || !globals.quiet);
      err.lines(diagnosticLines(shown, errColours));
      if (!globals.quiet) out.lines(searchLines(report, word, outColours));
    }
    return interruptCode ?? (isBroken ? 1 : 0);
  },
});
