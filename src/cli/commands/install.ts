import type { InferredOptionTypes } from "yargs";
import type { InstallRequest } from "../../install/install-request.js";
import { canAsk } from "../../system/terminal.js";
import { oneLine } from "../views/one-line.js";
import { pickerFor } from "../session/picker.js";
import { defineCommand } from "../line/command.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { refuseOutputs, OUTPUT_OPTIONS, outputsOf, type RunOutputs } from "../session/run-outputs.js";
import { planLines } from "../views/plan-view.js";
import { detailOf } from "../views/result-view.js";
import { runReactor, withReactor } from "../session/reactor-session.js";
import type { RunOptions } from "../../run/options.js";
import { dryRun, PLAN_OPTIONS, REACTOR_OPTIONS, ROOT_OPTIONS, runOptions } from "../line/run-options.js";
import { usageError } from "../line/usage-error.js";
import { flag, list as listOf, text } from "../line/values.js";
import { showPlan } from "./plan.js";
import { TARGET_OPTION } from "../line/skill-options.js";
import type { Session } from "../session/session.js";

/** `install [SOURCE]`: finds skills in a source, puts them into the manifest and installs them. */
export const install = defineCommand({
  command: "install [source]",
  argumentAfterValues: true,
  aliases: ["i"],
  describe: "Find skills in a source, add them to the manifest, and install them",
  builder: (yargs) =>
    yargs
      .positional("source", {
        type: "string",
        describe:
          "owner/repo[/path][#ref], a repository's address or a page of its tree, ./path, PLUGIN@OWNER/REPO of a marketplace, NAME[@RANGE], or https://host with a well-known index; left out, it is apply",
      })
      .options(SOURCE_OPTIONS)
      .options({
        "dry-run": dryRun("Only show what would be done"),
        force: PLAN_OPTIONS.force,
        ...ROOT_OPTIONS,
        atomic: flag("With --all: all or nothing, instead of leaving out what cannot be installed"),
        timeout: REACTOR_OPTIONS.timeout,
        retries: REACTOR_OPTIONS.retries,
        ...OUTPUT_OPTIONS,
      })
      .example([
        ["$0 install acme/skills --list", "what there is"],
        ["$0 install acme/skills --skill web-design notes", "two of them, for the agents that are found here"],
        ["$0 install acme/skills --all", "all of them, as a collection that update follows"],
        ["$0 install https://github.com/studio/web/tree/v2/skills/web-performance", "the skill of that page"],
        ["$0 install google-search@^2.0 --target claude-code", "by its name in a registry of the manifest"],
        ["$0 install review@acme/plugins", "a plugin of a marketplace, wherever its files are"],
        ["$0 install https://docs.example.com --all", "what a site publishes at /.well-known/agent-skills/"],
        ["$0 install ./skills --all --copy --project", "copies of your own, for this project"],
        ["$0 install", "what the manifest says; the same as apply"],
      ]),
  async handler(given, session) {
    const options = runOptions(session, given);
    const outputs = outputsOf(given, session);
    if (given.list || given["dry-run"]) refuseOutputs(outputs);
    if (given.source === undefined) return await applyManifest(given, { options, session, outputs });
    const request = requestOf(given, given.source, session);
    if (given.list) return await list(options, request, session);
    if (given["dry-run"]) return await showInstall(options, request, session);
    return await runReactor(options, session, outputs, async (reactor) => await reactor.install(request));
  },
});

/** What only makes sense with a source. */
const SOURCE_OPTIONS = {
  skill: { ...listOf("Only these: names or directories; several are allowed"), alias: "s" },
  all: flag("All skills of the source that can be installed; the others are reported, exit 1"),
  list: { ...flag("Only list what the source has"), alias: "l" },
  id: text("Another id for the one skill"),
  registry: text("Ask only this registry for the name"),
  ref: text("Branch, tag or full commit"),
  ...TARGET_OPTION,
  copy: flag("Copy instead of linking"),
  project: {
    ...flag("Into ./skills.toml, for this project; else the manifest found, or ~/.eden-skills/skills.toml"),
    alias: "p",
    conflicts: "global",
  },
} as const;

type Given = InferredOptionTypes<typeof SOURCE_OPTIONS> & { "dry-run"?: boolean | undefined };

interface ApplyRun {
  options: RunOptions;
  session: Session;
  outputs: RunOutputs;
}

async function applyManifest(given: Given, { options, session, outputs }: ApplyRun): Promise<number> {
  const stray = (Object.keys(SOURCE_OPTIONS) as (keyof typeof SOURCE_OPTIONS)[]).find((name) => given[name]);
  if (stray !== undefined) throw usageError(`--${stray}`, "needs a source: install SOURCE");
  if (given["dry-run"]) return await showPlan(options, session, { check: false });
  return await runReactor(options, session, outputs, (reactor) => reactor.apply());
}

function requestOf(given: Given, source: string, session: Session): InstallRequest {
  const { yes, json } = session.globals;
  const isSilent = yes || json || given.list || !canAsk(session.host);
  const { skill: skills = [], target: targets = [] } = given;
  return {
    source,
    skills,
    all: given.all === true || (yes === true && skills.length === 0),
    id: given.id ?? null,
    ref: given.ref ?? null,
    registry: given.registry ?? null,
    targets,
    copy: given.copy === true,
    project: given.project === true,
    picker: isSilent ? null : pickerFor(session, { isDryRun: given["dry-run"] === true }),
  };
}

async function list(options: RunOptions, request: InstallRequest, session: Session): Promise<number> {
  const { globals, out, outColours, err } = session;
  const { value: report, interruptCode } = await withReactor(options, session, (reactor) =>
    reactor.sourceSkills(request),
  );
  showWarnings(session);
  if (globals.json) printDocument(report, session);
  else if (!globals.quiet) {
    out.lines(
      report.skills.flatMap(({ name, description, path }) => [
        `${outColours.strong(oneLine(name))}  ${outColours.faint(oneLine(path))}`,
        `    ${oneLine(description)}`,
      ]),
    );
    err.lines(leftOutLines(report.skipped));
    const left = report.skipped.length;
    out.lines([`skills: ${report.skills.length}${left === 0 ? "" : `; left out: ${left}`}`]);
  }
  return interruptCode ?? 0;
}

function leftOutLines(skipped: readonly { path: string; reason: string }[]): string[] {
  return skipped.map(({ path, reason }) => `${oneLine(path)} is left out: ${oneLine(reason)}`);
}

async function showInstall(options: RunOptions, request: InstallRequest, session: Session): Promise<number> {
  const { globals, out, outColours, err } = session;
  const { value, interruptCode } = await withReactor(options, session, (reactor) => reactor.planInstall(request));
  const { report, items } = value;
  showWarnings(session);
  if (globals.json) printDocument(report, session);
  else if (!globals.quiet) {
    out.lines([`would add to ${oneLine(report.manifest)}: ${oneLine(report.would_install.join(", "))}`]);
    err.lines(leftOutLines(report.skipped));
    out.lines(planLines(items, outColours, detailOf(globals)));
  }
  return interruptCode ?? 0;
}
