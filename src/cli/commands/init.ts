import { defineCommand } from "../line/command.js";
import { runOptions } from "../line/run-options.js";
import { flag } from "../line/values.js";
import { oneLine } from "../views/one-line.js";
import { writeDocument } from "../session/write-document.js";

/** The next step after a new manifest. */
const NEXT = "`eden-skills install owner/repo --list` shows what a repository has.";

/** `init`: writes a manifest to begin with. */
export const init = defineCommand({
  command: "init",
  describe: "Write a new manifest",
  builder: (yargs) =>
    yargs
      .options({
        force: { ...flag("Overwrite an existing manifest, which is kept as skills.toml.backup"), alias: "f" },
      })
      .example([
        ["$0 init", "./skills.toml, for the agents of this project"],
        ["$0 init --global", "~/.eden-skills/skills.toml, for the agents of this user"],
        ["$0 init --config team/skills.toml", "another place"],
      ]),
  async handler(given, session) {
    const { globals, out } = session;
    const { SkillReactor } = await import("../../skill-reactor.js");
    const reactor = new SkillReactor(runOptions(session, given));
    const { manifest, backup } = reactor.init(globals.global ? "global" : "project");
    if (globals.json) writeDocument({ schema_version: 1, command: "init", manifest }, session);
    else if (!globals.quiet) {
      if (backup !== null) out.lines([`kept the former manifest as ${oneLine(backup)}`]);
      out.lines([`wrote ${oneLine(manifest)}`, NEXT]);
    }
    return 0;
  },
});
