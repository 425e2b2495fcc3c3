import { resolve } from "node:path";
import { oneLine } from "../views/action-line.js";
import type { Command } from "../line/command.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { planOptions } from "../line/run-options.js";
import { requireKnown } from "../../system/known-directory.js";

/** `config export`: the manifest in its one form. */
export const configExport: Command = {
  name: "config export",
  summary: "Print the manifest in its one form: no comments, no defaults",
  options: {
    output: { kind: "text", describe: "Write it to this file; relative paths then mean the same from there" },
    force: { kind: "flag", describe: "Write over a file that is there" },
  },
  examples: [
    ["config export", "the manifest that is found here"],
    ["config export --output team.toml", "to take along; `config import --from team.toml` takes it over"],
  ],
  async run(given, session) {
    const { globals, host, out } = session;
    const file = given.text("output");
    const output = file === undefined ? null : requireKnown(resolve(host.cwd, file));
    const { exportConfig } = await import("../../engine.js");
    const report = await exportConfig(planOptions(given, session), output);
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else if (output === null) out.raw(report.toml);
    else if (!globals.quiet) out.line(`wrote ${oneLine(output)}`);
    return 0;
  },
};
