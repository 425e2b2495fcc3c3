import { defineCommand } from "../line/command.js";
import { REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { usageError } from "../line/usage-error.js";
import type { DevelopedSkill } from "../../run/report.js";
import { shortPath } from "../terms/short-path.js";
import { oneLine } from "../views/one-line.js";
import { flag } from "../line/values.js";
import { OUTPUT_OPTIONS, outputsOf } from "../session/run-outputs.js";
import { runReactor } from "../session/reactor-session.js";

/** `dev SKILL [DIR]`, `dev --stop [SKILL]`: a clone in place of the pinned content, and back. */
export const dev = defineCommand({
  command: "dev [skill] [dir]",
  describe: "Work on a skill: its targets lead to a clone, until --stop",
  builder: (yargs) =>
    yargs
      .positional("skill", { type: "string", describe: "An id in the manifest; with --stop the default is all" })
      .positional("dir", { type: "string", describe: "Where to clone to; default ./SKILL-dev" })
      .options({
        stop: flag("Install the pinned content again; the clone stays"),
        retries: REACTOR_OPTIONS.retries,
      })
      .options(OUTPUT_OPTIONS)
      .example([
        ["$0 dev web-design", "clones its repository to ./web-design-dev, at the pinned commit"],
        ["$0 dev web-design ~/src/skills", "to another directory; a clone that is there is used"],
        ["$0 dev --stop", "the pinned content of all skills again"],
      ]),
  async handler(given, session) {
    const { skill = null, dir = null, stop = false } = given;
    if (stop && dir !== null) throw usageError("--stop", "takes no directory");
    if (!stop && skill === null) throw usageError("", "dev needs <skill>, or --stop");
    const options = runOptions(session, given);
    let clones: readonly DevelopedSkill[] = [];
    const code = await runReactor(options, session, outputsOf(given, session), async (reactor) => {
      const report = stop || skill === null ? await reactor.stopDev(skill) : await reactor.dev(skill, dir);
      if (report.outcome === "ok") clones = report.developed ?? report.stopped ?? [];
      return report;
    });
    const { globals, out, host } = session;
    if (!globals.json && !globals.quiet && given.events !== "-")
      for (const { id, directory } of clones) {
        const where = oneLine(shortPath(directory, host));
        out.lines([stop ? `${id}: the clone stays in ${where}` : `${id} is developed in ${where}`]);
      }
    return code;
  },
});
