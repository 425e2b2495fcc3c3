import { resolve } from "node:path";
import { goBehindOthers } from "../../system/priority.js";
import { usageError, type Arguments } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { REPORT_OPTIONS, reportFilesOf } from "../session/report-file.js";
import { runReactor } from "../session/reactor-session.js";
import { REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { requireKnown } from "../../system/known-directory.js";

/** `warm [ids..]`: brings what the manifest names into the store, ahead of the run that needs it. */
export const warm: Command = {
  name: "warm",
  positional: { name: "ids", many: true, describe: "Only these skills" },
  summary: "Fetch what the manifest names into the store, and install nothing",
  options: {
    concurrency: {
      ...REACTOR_OPTIONS.concurrency,
      describe: "Repositories in flight: 1 to 100, or auto (default: 8)",
    },
    "batch-size": { kind: "text", describe: "Skills in a batch (default: 32)", judge: batchSizeOf },
    "batch-pause": {
      kind: "text",
      describe: "Pause between two batches, such as 500ms (default: 0)",
      judge: (given) => given.duration("batch-pause"),
    },
    timeout: { ...REACTOR_OPTIONS.timeout, describe: "One attempt at one repository, such as 30s (default: 10s)" },
    deadline: { ...REACTOR_OPTIONS.deadline, describe: "Budget for all of it, such as 10m; 0 for none" },
    retries: REACTOR_OPTIONS.retries,
    "no-adaptive": REACTOR_OPTIONS["no-adaptive"],
    bundle: { kind: "text", describe: "Also write all that is locked into this archive, for machines without network" },
    ...REPORT_OPTIONS,
  },
  examples: [
    ["warm", "everything that is not in the store yet"],
    ["warm web-design pdf-forms", "only these two"],
    ["warm --batch-size 10 --batch-pause 2s", "gently, beside other work"],
    ["warm --bundle skills.tgz", "one archive for an air-gapped machine or an image: apply --from-bundle installs it"],
    ["warm && eden-skills apply --frozen --offline", "in CI: one job fetches, the jobs after it need no network"],
  ],
  async run(given, session) {
    const options = runOptions(given, session);
    const reportFiles = reportFilesOf(given, session);
    const batchSize = batchSizeOf(given);
    const batchPauseMs = given.duration("batch-pause");
    const bundle = given.text("bundle");
    const how = {
      ...(bundle !== undefined && { bundle: requireKnown(resolve(session.host.cwd, bundle)) }),
      ...(batchSize !== undefined && { batchSize }),
      ...(batchPauseMs !== undefined && { batchPauseMs }),
    };
    goBehindOthers();
    return await runReactor(options, session, reportFiles, (reactor) => reactor.warm(how));
  },
};

function batchSizeOf(given: Arguments): number | undefined {
  const size = given.count("batch-size", 1_000_000);
  if (size === 0) throw usageError("--batch-size", "a batch has at least one skill");
  return size;
}
