import { defineCommand } from "../line/command.js";
import { runOptions } from "../line/run-options.js";
import { flag } from "../line/values.js";
import { oneLine } from "../views/one-line.js";
import { writeDocument } from "../session/write-document.js";

/** `init`: writes a manifest to begin with. */
export const init = defineCommand({
  command: "init",
  describe: "Write a new manifest",
  builder: (yargs) =>
    yargs
      .options({
        force: { ...flag("Write over a manifest that is there, keeping it as skills.toml.backup"), alias: "f" },
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
      if (backup !== null) out.line(`kept the former manifest as ${oneLine(backup)}`);
      out.line(`wrote ${oneLine(manifest)}`);
    }
    return 0;
  },
});
