import type { InstallRequest } from "../../install/install-request.js";
import { canAsk } from "../../system/ask-line.js";
import { oneLine } from "../views/action-line.js";
import type { Arguments } from "../line/arguments.js";
import { askSkills } from "../session/ask-skills.js";
import type { Command } from "../line/command.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { planLines } from "../views/plan-view.js";
import { runReactor } from "../session/reactor-session.js";
import { PLAN_OPTIONS, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { TARGET_OPTION } from "../line/skill-options.js";
import type { Session } from "../session/session.js";

/** `install SOURCE`: finds skills in a source, puts them into the manifest and installs them. */
export const install: Command = {
  name: "install",
  positional: {
    name: "source",
    many: false,
    describe:
      "owner/repo[/path][#ref], a repository's address or a page of its tree, ./path, NAME[@RANGE], or https://host with a well-known index",
  },
  summary: "Find skills in a source, add them to the manifest, and install them",
  options: {
    skill: { kind: "list", describe: "Only these: names or directories; several are allowed" },
    all: { kind: "flag", describe: "All skills of the source that can be installed; the others are reported, exit 1" },
    list: { kind: "flag", describe: "Only list what the source has" },
    id: { kind: "text", describe: "Another id for the one skill" },
    registry: { kind: "text", describe: "Ask only this registry for the name" },
    ref: { kind: "text", describe: "Branch, tag or full commit" },
    ...TARGET_OPTION,
    copy: { kind: "flag", describe: "Copy instead of linking" },
    project: {
      kind: "flag",
      describe: "Into ./skills.toml, for this project; else the manifest found, or ~/.eden-skills/skills.toml",
    },
    "dry-run": { kind: "flag", describe: "Only show what would be done" },
    force: PLAN_OPTIONS.force,
    atomic: { kind: "flag", describe: "With --all: all or nothing, instead of leaving out what cannot be installed" },
    timeout: REACTOR_OPTIONS.timeout,
    retries: REACTOR_OPTIONS.retries,
  },
  examples: [
    ["install acme/skills --list", "what there is"],
    ["install acme/skills --skill web-design notes", "two of them, for the agents that are found here"],
    ["install https://github.com/acme/skills/tree/main/skills/pdf --target claude-code", "the skill of that page"],
    ["install google-search@^2.0", "by its name in a registry of the manifest"],
    ["install https://docs.example.com --all", "what a site publishes at /.well-known/agent-skills/"],
    ["install ./skills --all --copy --project", "copies of your own, for this project"],
  ],
  async run(given, session) {
    const request = requestOf(given, session);
    const { ids: _words, ...options } = runOptions(given, session);
    if (given.flag("list")) return await list(options, request, session);
    if (given.flag("dry-run")) return await dryRun(options, request, session);
    return await runReactor(options, session, [], async (reactor) => await reactor.install(request));
  },
};

function requestOf(given: Arguments, session: Session): InstallRequest {
  const { yes, json } = session.globals;
  return {
    source: given.words[0] ?? "",
    skills: given.list("skill"),
    all: given.flag("all") || (yes && given.list("skill").length === 0),
    id: given.text("id") ?? null,
    ref: given.text("ref") ?? null,
    registry: given.text("registry") ?? null,
    targets: given.list("target"),
    copy: given.flag("copy"),
    project: given.flag("project"),
    ask: yes || json || !canAsk() ? null : async (skills) => await askSkills(skills, session),
  };
}

type Options = ReturnType<typeof runOptions>;

async function list(options: Options, request: InstallRequest, session: Session): Promise<number> {
  const { globals, out, outColours, err } = session;
  const { sourceSkills } = await import("../../engine.js");
  const report = await sourceSkills(options, request);
  showWarnings(session);
  if (globals.json) printDocument(report, session);
  else if (!globals.quiet) {
    for (const { name, description, path } of report.skills)
      out.line(`${outColours.strong(oneLine(name))}  ${outColours.faint(oneLine(path))}\n    ${oneLine(description)}`);
    for (const { path, reason } of report.skipped) err.line(`${oneLine(path)} is left out: ${oneLine(reason)}`);
    const left = report.skipped.length;
    out.line(`skills: ${report.skills.length}${left === 0 ? "" : `; left out: ${left}`}`);
  }
  return 0;
}

async function dryRun(options: Options, request: InstallRequest, session: Session): Promise<number> {
  const { globals, out, outColours, err } = session;
  const { planInstall } = await import("../../engine.js");
  const { report, items } = await planInstall(options, request);
  showWarnings(session);
  if (globals.json) printDocument(report, session);
  else if (!globals.quiet) {
    out.line(`would add to ${oneLine(report.manifest)}: ${oneLine(report.would_install.join(", "))}`);
    for (const { path, reason } of report.skipped) err.line(`${oneLine(path)} is left out: ${oneLine(reason)}`);
    for (const line of planLines(items, outColours, false)) out.line(line);
  }
  return 0;
}
