import { usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { interruptible } from "../session/interruptible.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { registryFailureLines, registryUpdateLines } from "../views/registry-view.js";
import { REACTOR_OPTIONS, runOptions } from "../line/run-options.js";

/** `registry update [names..]`: fetches the indexes of registries. */
export const registryUpdate: Command = {
  name: "registry update",
  positional: { name: "names", many: true, describe: "Only these registries" },
  summary: "Fetch the indexes of the registries anew",
  options: {
    concurrency: REACTOR_OPTIONS.concurrency,
    timeout: REACTOR_OPTIONS.timeout,
    retries: REACTOR_OPTIONS.retries,
  },
  examples: [
    ["registry update", "every registry of the manifest; one that fails keeps its old index"],
    ["registry update official", "only this one"],
  ],
  async run(given, session) {
    const { globals, out, err, outColours, errColours } = session;
    if (globals.offline) throw usageError("--offline", "an index is fetched from its registry, which this forbids");
    const { ids: names = [], ...options } = runOptions(given, session);
    const engine = await import("../../engine.js");
    return await interruptible(session, async (signal) => {
      const report = await engine.registryUpdate({ ...options, signal }, names);
      showWarnings(session);
      if (globals.json) printDocument(report, session);
      else if (!globals.quiet) for (const line of registryUpdateLines(report, outColours)) out.line(line);
      else for (const line of registryFailureLines(report, errColours)) err.line(line);
      return report.failed > 0 ? 1 : 0;
    });
  },
};
