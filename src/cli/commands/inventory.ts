import { resolve } from "node:path";
import { requireKnown } from "../../system/known-directory.js";
import { writeThroughLinks } from "../../system/write-through.js";
import { defineCommand } from "../line/command.js";
import { usageError } from "../line/usage-error.js";
import { count, flag, text } from "../line/values.js";
import { runOptions } from "../line/run-options.js";
import { printDocument } from "../session/print-document.js";
import { inventoryCsv, inventoryLines } from "../views/inventory-view.js";
import { oneLine } from "../views/one-line.js";

/** `inventory [ROOT…]`: the skills of many projects and homes. */
export const inventory = defineCommand({
  command: "inventory [roots..]",
  describe: "List the skills of many projects and homes, and where they come from",
  builder: (yargs) =>
    yargs
      .positional("roots", {
        type: "string",
        array: true,
        describe: "directories to search; the working directory when left out",
      })
      .options({
        csv: flag("Print CSV for a spreadsheet"),
        html: text("Write the table as a page to this file"),
        depth: count("Levels of directories to enter; default: 6", 64),
        online: flag("Ask the repositories which pins are behind"),
      })
      .example([
        ["$0 inventory", "the projects below this directory"],
        ["$0 inventory ~ --csv > skills.csv", "for a spreadsheet"],
        ["$0 inventory ~ --html skills.html", "a page to search and sort"],
      ]),
  async handler(given, session) {
    const { globals, host, out, err, outColours } = session;
    const { roots: named = [], csv = false, html, depth, online = false } = given;
    if (csv && globals.json) throw usageError("--csv", "and --json are two formats of one output");
    if (named.includes("")) throw usageError("", "a root must not be empty");
    const roots = (named.length === 0 ? ["."] : named).map((root) => requireKnown(resolve(host.cwd, root)));
    const { SkillReactor } = await import("../../skill-reactor.js");
    const request = { roots, online, ...(depth !== undefined && { depth }) };
    const found = await new SkillReactor(runOptions(session)).inventory(request);
    if (html !== undefined) {
      const { inventoryPage } = await import("../page/inventory-page.js");
      writeThroughLinks(requireKnown(resolve(host.cwd, html)), inventoryPage(found));
    }
    err.lines(found.failures.map(({ code, message }) => `${code}: ${oneLine(message)}`));
    if (globals.json) printDocument(found, session);
    else if (csv) out.raw(inventoryCsv(found));
    else if (html !== undefined && !globals.quiet) out.lines([`wrote ${oneLine(html)}`]);
    else if (!globals.quiet) out.lines(inventoryLines(found, out.sink.columns, outColours));
    return found.failures.length > 0 ? 1 : 0;
  },
});
