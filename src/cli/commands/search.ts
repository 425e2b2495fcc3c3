import { usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { interruptible } from "../session/interruptible.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { diagnosticLines, searchLines } from "../views/registry-view.js";
import { planOptions } from "../line/run-options.js";

/** `search WORD`: looks in the indexes of the registries. */
export const search: Command = {
  name: "search",
  positional: {
    name: "word",
    many: false,
    describe:
      "A part of a name or of a description; what is searched are the [registries.NAME] of the manifest, git repositories with an index",
  },
  summary: "Look for skills in the indexes of the registries",
  options: {},
  examples: [
    ["search pdf", "every skill with pdf in its name or description"],
    ["search pdf --json", "the same for a script, with all versions"],
  ],
  async run(given, session) {
    const { globals, out, err, outColours, errColours } = session;
    const word = (given.words[0] ?? "").trim();
    if (word === "") throw usageError("", "search needs a word that is not empty");
    const { ids: _word, ...options } = planOptions(given, session);
    const engine = await import("../../engine.js");
    return await interruptible(session, async (signal) => {
      const report = await engine.search({ ...options, signal }, word);
      const isBroken = report.diagnostics.some(({ severity }) => severity === "error");
      showWarnings(session);
      if (globals.json) printDocument(report, session);
      else {
        const told = report.diagnostics.filter(({ severity }) => severity === "error" || !globals.quiet);
        for (const line of diagnosticLines(told, errColours)) err.line(line);
        if (!globals.quiet) for (const line of searchLines(report, word, outColours)) out.line(line);
      }
      return isBroken ? 1 : 0;
    });
  },
};
