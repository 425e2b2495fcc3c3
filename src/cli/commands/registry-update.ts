import { usageError } from "../line/usage-error.js";
import { defineCommand } from "../line/command.js";
import { withReactor } from "../session/reactor-session.js";
import { askedText } from "../session/asked-text.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { registryFailureLines, registryUpdateLines } from "../views/registry-view.js";
import { IDS, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";

/** `registry update [names..]`: fetches the indexes of registries. */
export const registryUpdate = defineCommand({
  command: "registry update [names..]",
  describe: "Fetch the indexes of the registries again",
  builder: (yargs) =>
    yargs
      .positional("names", { ...IDS, describe: "Only these registries" })
      .options({
        concurrency: REACTOR_OPTIONS.concurrency,
        timeout: REACTOR_OPTIONS.timeout,
        retries: REACTOR_OPTIONS.retries,
      })
      .example([
        ["$0 registry update", "every registry of the manifest; one that fails keeps its old index"],
        ["$0 registry update official", "only this one"],
      ]),
  async handler(given, session) {
    const { globals, out, err, outColours, errColours } = session;
    if (globals.offline) throw usageError("--offline", "an index is fetched from its registry, which this forbids");
    const options = runOptions(session, given);
    const { value: report, interruptCode } = await withReactor(options, session, (reactor) =>
      reactor.updateRegistries(given.names ?? []),
    );
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else if (!globals.quiet) {
      const asked = askedText({ command: "registry update", ids: given.names }, null, session);
      out.lines([asked, ...registryUpdateLines(report, outColours)]);
    } else err.lines(registryFailureLines(report, errColours));
    return interruptCode ?? (report.failed > 0 ? 1 : 0);
  },
});
