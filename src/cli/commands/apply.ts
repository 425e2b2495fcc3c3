import { resolve } from "node:path";
import { SIGNER_OPTIONS, signersOf } from "../line/signers.js";
import { usageError } from "../line/usage-error.js";
import { defineCommand } from "../line/command.js";
import { refuseOutputs, OUTPUT_OPTIONS, outputsOf } from "../session/run-outputs.js";
import { runReactor } from "../session/reactor-session.js";
import {
  dryRun,
  GROUP_OPTION,
  IDS,
  PLAN_OPTIONS,
  REACTOR_OPTIONS,
  ROOT_OPTIONS,
  runOptions,
} from "../line/run-options.js";
import { showPlan } from "./plan.js";
import { text } from "../line/values.js";
import { requireKnown } from "../../system/known-directory.js";

/** `apply [ids..]`: makes the machine match the manifest. */
export const apply = defineCommand({
  command: "apply [ids..]",
  aliases: ["sync"],
  describe: "Make this machine match the manifest",
  builder: (yargs) =>
    yargs
      .positional("ids", IDS)
      .options(GROUP_OPTION)
      .options(REACTOR_OPTIONS)
      .options(PLAN_OPTIONS)
      .options(ROOT_OPTIONS)
      .options({
        "dry-run": dryRun("Only show what would be done; the same as plan"),
        "from-bundle": text("Take the skills from this archive of warm --bundle; implies --frozen --offline"),
        ...SIGNER_OPTIONS,
        ...OUTPUT_OPTIONS,
      })
      .example([
        ["$0 apply", "install what the manifest says, as the lockfile pins it"],
        ["$0 apply --concurrency 20 --report run.json", "twenty repositories at once, and keep the report"],
        ["$0 apply --frozen --offline", "in CI after a warm cache: exactly the lockfile, no network"],
        ["$0 apply --frozen --root image", "in the build of an image: copies below ./image, as if it were /"],
        ["$0 apply web-design --dry-run", "what would be done for one skill"],
      ]),
  async handler(given, session) {
    const options = runOptions(session, given);
    const outputs = outputsOf(given, session);
    const bundle = given["from-bundle"];
    const signers = signersOf(given, session);
    if (signers !== null && bundle === undefined)
      throw usageError("", "a signature is only verified with --from-bundle");
    if (given["dry-run"]) {
      refuseOutputs(outputs);
      if (bundle !== undefined) throw usageError("--from-bundle", "a dry run reads no bundle");
      return await showPlan(options, session, { check: false });
    }
    return await runReactor(
      {
        ...options,
        ...(bundle !== undefined && { fromBundle: requireKnown(resolve(session.host.cwd, bundle)) }),
        ...(signers !== null && { bundleSigners: signers }),
      },
      session,
      outputs,
      (reactor) => reactor.apply(),
    );
  },
});
