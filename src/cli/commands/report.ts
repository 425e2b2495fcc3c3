import { resolve } from "node:path";
import { requireKnown } from "../../system/known-directory.js";
import { defineCommand } from "../line/command.js";
import { usageError } from "../line/usage-error.js";
import { text } from "../line/values.js";
import { formatOfName } from "../outputs/report-text.js";
import { printDocument } from "../session/print-document.js";
import { oneLine } from "../views/one-line.js";

/** `report FILE`: the page of a saved report. */
export const report = defineCommand({
  command: "report <file>",
  describe: "Make the HTML page of a saved report",
  builder: (yargs) =>
    yargs
      .positional("file", { type: "string", describe: "What --report or --json of a run has written" })
      .options({
        output: text("Write it to this file, in the format of its name as with --report: .html .md .xml (JUnit)"),
      })
      .example([
        ["$0 report run.json --output run.html", "after `apply --report run.json`, to read it in a browser"],
        ["$0 report run.json > run.html", "the same"],
      ]),
  async handler({ file = "", output }, session) {
    const { globals, host, out } = session;
    const absolute = (path: string) => requireKnown(resolve(host.cwd, path));
    if (output === undefined && (globals.json || out.sink.isTTY === true))
      throw usageError("--output", "name the file for the page: --output FILE.html");
    const { readReport } = await import("../page/read-report.js");
    const saved = readReport(absolute(file));
    if (output === undefined) {
      const { reportPage } = await import("../page/report-page.js");
      out.raw(reportPage(saved));
      return 0;
    }
    const { writeReportFile } = await import("../session/write-report.js");
    const { manifestPlace } = await import("../outputs/manifest-place.js");
    const written = { flag: "--output", path: absolute(output), format: formatOfName(output) };
    await writeReportFile(written, saved, async () => await manifestPlace(saved.manifest, host));
    const document = { schema_version: 1, command: "report", report: absolute(file), output: written.path };
    if (globals.json) printDocument(document, session);
    else if (!globals.quiet) out.lines([`wrote ${oneLine(written.path)}`]);
    return 0;
  },
});
