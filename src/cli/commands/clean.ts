import type { Command } from "../line/command.js";
import { formatBytes } from "../terms/bytes.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { planOptions } from "../line/run-options.js";

/** `clean`: frees what nobody needs any more. */
export const clean: Command = {
  name: "clean",
  summary: "Remove store entries, mirrors and leftovers that no manifest needs",
  options: {
    all: {
      kind: "flag",
      describe: "Everything that can be fetched again, be it in use; state, history and backups stay",
    },
    history: {
      kind: "text",
      describe: "Keep what a rollback to so many earlier states needs (10), and forget older ones",
    },
    "dry-run": { kind: "flag", describe: "Only show what would be removed" },
  },
  examples: [
    ["clean --dry-run", "what would go, and how much it would free"],
    ["clean", "remove it; what any manifest known on this machine, or a run that goes on, needs is kept"],
    ["clean --history 0", "also what only a rollback would need"],
    ["clean --all", "empty the storage; the next apply fetches again what it needs"],
  ],
  async run(given, session) {
    const { globals, out } = session;
    const isDryRun = given.flag("dry-run");
    const cleaning = await import("../../engine.js");
    const report = await cleaning.clean(planOptions(given, session), {
      dryRun: isDryRun,
      all: given.flag("all"),
      history: given.count("history", 1000),
    });
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else if (!globals.quiet) {
      for (const path of report.removed) out.line(`${isDryRun ? "would remove" : "removed"} ${path}`);
      const freed = formatBytes(report.bytes_freed);
      const { states, bytes } = report.kept_for_rollback;
      if (bytes > 0) {
        const what = states === 1 ? "1 earlier state" : `${states} earlier states`;
        out.line(`kept for a rollback to ${what}: ${formatBytes(bytes)}; \`eden-skills clean --history 0\` frees it`);
      }
      const broken = report.broken_targets.length;
      if (broken > 0) {
        const what = broken === 1 ? "1 target leads" : `${broken} targets lead`;
        out.line(`${isDryRun ? "then " : ""}${what} nowhere until \`eden-skills apply\` fetches it again`);
      }
      out.line(isDryRun ? `clean: ${freed} to free` : `clean: ${freed} freed`);
    }
    return 0;
  },
};
