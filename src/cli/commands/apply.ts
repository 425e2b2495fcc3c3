import { resolve } from "node:path";
import { usageError } from "../arguments.js";
import type { Command } from "../command.js";
import { runReactor } from "../reactor-session.js";
import { PLAN_OPTIONS, REACTOR_OPTIONS, runOptions } from "../run-options.js";
import { showPlan } from "./plan.js";

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
    report: { kind: "text", describe: "Also write the JSON report to this file" },
  },
  examples: [
    ["apply", "install what the manifest says, as the lockfile pins it"],
    ["apply --concurrency 20 --report run.json", "twenty repositories at once, and keep the report"],
    ["apply --frozen --offline", "in CI after a warm cache: exactly the lockfile, no network"],
    ["apply web-design --dry-run", "what would be done for one skill"],
  ],
  async run(given, session) {
    const options = runOptions(given, session);
    const report = given.text("report");
    const bundle = given.text("from-bundle");
    if (given.flag("dry-run")) {
      if (report !== undefined) throw usageError("--report", "a dry run makes no report");
      if (bundle !== undefined) throw usageError("--from-bundle", "a dry run reads no bundle");
      return await showPlan(options, session, { check: false });
    }
    const reportFile = report === undefined ? null : resolve(session.host.cwd, report);
    return await runReactor(
      { ...options, ...(bundle !== undefined && { fromBundle: resolve(session.host.cwd, bundle) }) },
      session,
      reportFile,
      (reactor) => reactor.apply(),
    );
  },
};
