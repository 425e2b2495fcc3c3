import { usageError } from "../line/usage-error.js";
import { defineCommand } from "../line/command.js";
import { deliverEdit } from "../views/edit-view.js";
import { runOptions } from "../line/run-options.js";
import { changesGiven, SKILL_OPTIONS, TARGET_OPTION } from "../line/skill-options.js";

/** `add`: one more skill in the manifest. */
export const add = defineCommand({
  command: "add",
  describe: "Add a skill to the manifest, without installing it yet",
  builder: (yargs) =>
    yargs
      .options(SKILL_OPTIONS)
      .options(TARGET_OPTION)
      .example([
        [
          "$0 add --id web-design --repo acme/skills --subpath skills/web-design",
          "for the agents that are installed here",
        ],
        [
          "$0 add --id notes --repo ~/notes --mode copy --target cursor claude-code",
          "a directory of your own, for two agents",
        ],
        ["$0 apply", "then install it"],
      ]),
  async handler(given, session) {
    const { id, repo, ...words } = changesGiven(given);
    if (id === undefined) throw usageError("--id", "missing: the id of the new skill");
    if (repo === undefined) throw usageError("--repo", "missing: where the skill comes from");
    const { SkillReactor } = await import("../../skill-reactor.js");
    const edited = await new SkillReactor(runOptions(session)).add({ ...words, id, repo }, given.target ?? []);
    return deliverEdit(edited, session);
  },
});
