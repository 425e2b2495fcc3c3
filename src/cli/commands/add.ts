import { usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { deliverEdit } from "../views/edit-view.js";
import { planOptions } from "../line/run-options.js";
import { changesGiven, SKILL_OPTIONS } from "../line/skill-options.js";

/** `add`: one more skill in the manifest. */
export const add: Command = {
  name: "add",
  summary: "Add a skill to the manifest, without installing it yet",
  options: SKILL_OPTIONS,
  examples: [
    ["add --id web-design --repo acme/skills --subpath skills/web-design", "for the agents that are installed here"],
    [
      "add --id notes --repo ~/notes --mode copy --target cursor claude-code",
      "a directory of your own, for two agents",
    ],
    ["apply", "then install it"],
  ],
  async run(given, session) {
    const { id, repo, ...words } = changesGiven(given);
    if (id === undefined) throw usageError("--id", "missing: the id of the new skill");
    if (repo === undefined) throw usageError("--repo", "missing: where the skill comes from");
    const { addSkill } = await import("../../engine.js");
    const edited = await addSkill(planOptions(given, session), { ...words, id, repo }, given.list("target"));
    return deliverEdit(edited, session);
  },
};
