import { resolve } from "node:path";
import { usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { REPORT_OPTIONS, reportFilesOf } from "../session/report-file.js";
import { runReactor } from "../session/reactor-session.js";
import { PLAN_OPTIONS, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { showPlan } from "./plan.js";
import { requireKnown } from "../../system/known-directory.js";

/** `apply [ids..]`: makes the machine match the manifest. */
export const apply: Command = {
  name: "apply",
  positional: { name: "ids", many: true, describe: "Only these skills" },
  summary: "Make this machine match the manifest",
  options: {
    ...REACTOR_OPTIONS,
    ...PLAN_OPTIONS,
    "dry-run": { kind: "flag", describe: "Only show what would be done; the same as plan" },
    "from-bundle": {
      kind: "text",
      describe: "Take the skills from this archive of warm --bundle; implies --frozen --offline",
    },
    ...REPORT_OPTIONS,
  },
  examples: [
    ["apply", "install what the manifest says, as the lockfile pins it"],
    ["apply --concurrency 20 --report run.json", "twenty repositories at once, and keep the report"],
    ["apply --frozen --offline", "in CI after a warm cache: exactly the lockfile, no network"],
    ["apply web-design --dry-run", "what would be done for one skill"],
  ],
  async run(given, session) {
    const options = runOptions(given, session);
    const reportFiles = reportFilesOf(given, session);
    const bundle = given.text("from-bundle");
    if (given.flag("dry-run")) {
      if (reportFiles[0] !== undefined) throw usageError(reportFiles[0].flag, "a dry run makes no report");
      if (bundle !== undefined) throw usageError("--from-bundle", "a dry run reads no bundle");
      return await showPlan(options, session, { check: false });
    }
    return await runReactor(
      { ...options, ...(bundle !== undefined && { fromBundle: requireKnown(resolve(session.host.cwd, bundle)) }) },
      session,
      reportFiles,
      (reactor) => reactor.apply(),
    );
  },
};
