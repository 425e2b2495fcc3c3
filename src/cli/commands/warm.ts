import { resolve } from "node:path";
import { goBehindOthers } from "../../system/priority.js";
import { usageError } from "../line/usage-error.js";
import { defineCommand } from "../line/command.js";
import { OUTPUT_OPTIONS, outputsOf } from "../session/run-outputs.js";
import { runReactor } from "../session/reactor-session.js";
import { concurrency, GROUP_OPTION, IDS, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { count, duration, flag, text } from "../line/values.js";
import { requireKnown } from "../../system/known-directory.js";

/**
 * `warm [ids..]`: brings what the manifest names into the store, ahead of the run that needs it.
 */
export const warm = defineCommand({
  command: "warm [ids..]",
  describe: "Fetch the skills of the manifest into the store, and install nothing",
  builder: (yargs) =>
    yargs
      .positional("ids", IDS)
      .options(GROUP_OPTION)
      .options({
        concurrency: concurrency("Repositories in flight: 1 to 100, or auto (default: 8)"),
        "batch-size": count("Skills in a batch (default: 32)", 1_000_000, 1),
        "batch-pause": duration("Pause between two batches, such as 500ms (default: 0)"),
        timeout: duration("One attempt at one repository, such as 30s (default: 10s)"),
        deadline: duration("Budget for all of it, such as 10m; 0 for none"),
        retries: REACTOR_OPTIONS.retries,
        "no-adaptive": REACTOR_OPTIONS["no-adaptive"],
        bundle: text("Also write all that is locked into this archive, for machines without network"),
        push: flag("Also push them to the remote store: `remote` of [store] in the manifest"),
        sign: text("Sign that archive with this ssh key, into a file .sig beside it"),
        ...OUTPUT_OPTIONS,
      })
      .example([
        ["$0 warm", "everything that is not in the store yet"],
        ["$0 warm web-design pdf-forms", "only these two"],
        ["$0 warm --batch-size 10 --batch-pause 2s", "gently, beside other work"],
        [
          "$0 warm --bundle skills.tgz",
          "one archive for an air-gapped machine or an image: apply --from-bundle installs it",
        ],
        ["$0 warm --push", "fill the registry that a fleet of machines shares"],
        [
          "$0 warm && eden-skills apply --frozen --offline",
          "in CI: one job fetches, the jobs after it need no network",
        ],
      ]),
  async handler(given, session) {
    const options = runOptions(session, given);
    const outputs = outputsOf(given, session);
    const { bundle, sign, push, "batch-size": batchSize, "batch-pause": batchPauseMs } = given;
    if (sign !== undefined && bundle === undefined) throw usageError("--sign", "needs --bundle");
    const how = {
      ...(sign !== undefined && { sign: requireKnown(resolve(session.host.cwd, sign)) }),
      ...(bundle !== undefined && { bundle: requireKnown(resolve(session.host.cwd, bundle)) }),
      ...(push === true && { push }),
      ...(batchSize !== undefined && { batchSize }),
      ...(batchPauseMs !== undefined && { batchPauseMs }),
    };
    goBehindOthers();
    return await runReactor(options, session, outputs, (reactor) => reactor.warm(how));
  },
});
