import type { Command } from "../line/command.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { listLines } from "../views/list-view.js";
import { planOptions } from "../line/run-options.js";

/** `list`: the skills of the manifest and what they are pinned to. */
export const list: Command = {
  name: "list",
  summary: "List the skills of the manifest and their pins",
  options: {},
  examples: [
    ["list", "a table of skills"],
    ["list --json", "the same for a script"],
  ],
  async run(given, session) {
    const { globals, out, outColours } = session;
    const options = planOptions(given, session);
    const reading = await import("../../engine.js");
    const inventory = await reading.inventory(options);
    showWarnings(session);
    if (globals.json) printDocument(inventory, session);
    else if (!globals.quiet) for (const line of listLines(inventory, outColours)) out.line(line);
    return 0;
  },
};
