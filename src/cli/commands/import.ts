import { defineCommand } from "../line/command.js";
import { deliverImport } from "../views/import-view.js";
import { withReactor } from "../session/reactor-session.js";
import { dryRun, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { flag } from "../line/values.js";
import { TARGET_OPTION } from "../line/skill-options.js";

/** `import [FILE]`: the skills that another tool's file names. */
export const importSkills = defineCommand({
  command: "import [file]",
  describe: "Import skills from the files of other tools",
  builder: (yargs) =>
    yargs
      .positional("file", {
        type: "string",
        describe:
          "skills-lock.json, .skill-lock.json, agents.toml or package.json, which are found when left out; apm.yml, apm.lock.yaml, config.yaml or .metadata.json (skillshare), settings.json or installed_plugins.json (Claude Code), rulesync.jsonc, skills.json (reskill); or a directory of skills of gh",
      })
      .options(TARGET_OPTION)
      .options({
        copy: flag("Copy instead of linking"),
        project: { ...flag("Into ./skills.toml, for the agents of this project"), alias: "p", conflicts: "global" },
        adopt: flag("Unedited targets of that tool become ours: the next apply replaces them"),
        "dry-run": dryRun("Only show what would be imported"),
        timeout: REACTOR_OPTIONS.timeout,
        retries: REACTOR_OPTIONS.retries,
      })
      .example([
        ["$0 import --dry-run", "what the first file that is found here, or in ~/.agents, would bring"],
        ["$0 import skills-lock.json --project --target claude-code", "the lock file of a project, for one agent"],
        ["$0 import --adopt", "and what that tool has installed is not a conflict for `apply`, unless it was edited"],
        ["$0 import apm.yml --project", "the packages of apm, pinned as apm.lock.yaml says"],
        ["$0 import ~/.claude/skills", "what `gh skill` has installed there"],
        ["$0 import .claude/settings.json --project", "the skills of the plugins that a project enables"],
        ["$0 import package.json", "the sources in its list `skills`"],
        ["$0 apply", "then install them"],
      ]),
  async handler(given, session) {
    const request = {
      file: given.file ?? null,
      targets: given.target ?? [],
      copy: given.copy === true,
      project: given.project === true,
      dryRun: given["dry-run"] === true,
      adopt: given.adopt === true,
    };
    const options = runOptions(session, given);
    const { value: report, interruptCode } = await withReactor(
      options,
      session,
      (reactor) => reactor.importForeign(request),
      "Reading the file of another tool",
    );
    const code = deliverImport(report, `${report.file} (${report.format})`, session);
    return interruptCode ?? code;
  },
});
