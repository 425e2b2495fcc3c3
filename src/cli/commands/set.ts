import { usageError } from "../line/usage-error.js";
import { defineCommand } from "../line/command.js";
import { deliverEdit } from "../views/edit-view.js";
import { runOptions } from "../line/run-options.js";
import { text } from "../line/values.js";
import { changesGiven, SKILL_OPTIONS, targets } from "../line/skill-options.js";

/** `set ID`: other values for a skill of the manifest. */
export const set = defineCommand({
  command: "set <skill>",
  ownVersion: true,
  describe: "Change the entry of a skill in the manifest",
  builder: (yargs) =>
    yargs
      .positional("skill", { type: "string", describe: "The skill to change" })
      .options(SKILL_OPTIONS)
      .options({
        version: text("The range of versions, of a skill that a registry names"),
        target: targets(
          "Exactly these targets: agents such as claude-code cursor, custom:PATH, docker:NAME[:AGENT], podman:NAME[:AGENT], ssh:HOST[:AGENT]",
        ),
      })
      .example([
        ["$0 set web-design --ref v2.1.0", "another tag"],
        ["$0 set pdf-forms --version ^2.1", "another range, of a registry's skill"],
        ["$0 set web-design --target claude-code cursor", "exactly these targets"],
        ["$0 set web-design --enabled=false", "keep the entry; the next apply removes its links"],
      ]),
  async handler(given, session) {
    const { version, target = [], skill = "" } = given;
    const changes = { ...changesGiven(given), ...(version !== undefined && { version }) };
    if (Object.keys(changes).length + target.length === 0)
      throw usageError("", "set needs something to change, such as --ref");
    const { SkillReactor } = await import("../../skill-reactor.js");
    return deliverEdit(await new SkillReactor(runOptions(session)).set(skill, changes, target), session);
  },
});
