import type { Command } from "../command.js";
import { formatBytes } from "../bytes.js";
import { printDocument, showWarnings } from "../warnings.js";
import { planOptions } from "../run-options.js";

/** `clean`: frees what nobody needs any more. */
export const clean: Command = {
  name: "clean",
  summary: "Remove store entries, mirrors and leftovers that no manifest needs",
  options: {
    "dry-run": { kind: "flag", describe: "Only show what would be removed" },
  },
  examples: [
    ["clean --dry-run", "what would go, and how much it would free"],
    ["clean", "remove it; what any manifest known on this machine, or a run that goes on, needs is kept"],
  ],
  async run(given, session) {
    const { globals, out } = session;
    const isDryRun = given.flag("dry-run");
    const cleaning = await import("../../apply/engine.js");
    const report = await cleaning.clean(planOptions(given, session), isDryRun);
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else if (!globals.quiet) {
      for (const path of report.removed) out.line(`${isDryRun ? "would remove" : "removed"} ${path}`);
      const freed = formatBytes(report.bytes_freed);
      out.line(isDryRun ? `clean: ${freed} to free` : `clean: ${freed} freed`);
    }
    return 0;
  },
};
