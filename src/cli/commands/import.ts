import { openProgressView } from "../progress/open-view.js";
import type { RunEvent } from "../../run/events.js";
import { oneLine } from "../views/action-line.js";
import { type Arguments, usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { deliverImport } from "../views/import-view.js";
import { interruptible } from "../session/interruptible.js";
import { REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import type { Session } from "../session/session.js";
import { TARGET_OPTION } from "../line/skill-options.js";

/** `import [FILE]`: the skills that another tool's file names. */
export const importSkills: Command = {
  name: "import",
  positional: {
    name: "file",
    many: true,
    describe: "skills-lock.json, .skill-lock.json, agents.toml or package.json; the first that is found when left out",
  },
  summary: "Take skills over from the files of other tools",
  options: {
    ...TARGET_OPTION,
    copy: { kind: "flag", describe: "Copy instead of linking" },
    project: { kind: "flag", describe: "Into ./skills.toml, for the agents of this project" },
    adopt: { kind: "flag", describe: "What holds exactly these skills already becomes ours; `apply` then replaces it" },
    "dry-run": { kind: "flag", describe: "Only show what would be taken over" },
    timeout: REACTOR_OPTIONS.timeout,
    retries: REACTOR_OPTIONS.retries,
  },
  examples: [
    ["import --dry-run", "what the first file that is found here, or in ~/.agents, would bring"],
    ["import skills-lock.json --project --target claude-code", "the lock file of a project, for one agent"],
    ["import --adopt", "and what that tool has installed is no conflict for `apply`, unless it was edited"],
    ["import package.json", "the sources in its list `skills`"],
    ["apply", "then install them"],
  ],
  judge: fileOf,
  async run(given, session) {
    const request = {
      file: fileOf(given),
      targets: given.list("target"),
      copy: given.flag("copy"),
      project: given.flag("project"),
      dryRun: given.flag("dry-run"),
      adopt: given.flag("adopt"),
    };
    const { ids: _words, ...options } = runOptions(given, session);
    return await interruptible(session, async (signal) => {
      const report = await underView(session, async (show) => {
        const { SkillReactor } = await import("../../engine.js");
        const reactor = new SkillReactor({ ...options, signal });
        reactor.on(show);
        return await reactor.importForeign(request);
      });
      const { globals, err } = session;
      if (!globals.quiet && !globals.json) err.line(`read ${report.format}: ${oneLine(report.file)}`);
      return deliverImport(report, session);
    });
  },
};

function fileOf({ words }: Arguments): string | null {
  if (words.length > 1) throw usageError("", "import takes one file");
  return words[0] ?? null;
}

/** Does something while its events are shown. */
async function underView<T>(session: Session, work: (show: (event: RunEvent) => void) => Promise<T>): Promise<T> {
  const view = await openProgressView(session);
  try {
    return await work((event) => view.show(event));
  } finally {
    await view.close();
  }
}
