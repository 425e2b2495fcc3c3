import { usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { deliverEdit } from "../views/edit-view.js";
import { planOptions } from "../line/run-options.js";
import { changesGiven, SKILL_OPTIONS } from "../line/skill-options.js";

/** `set ID`: other values for a skill of the manifest. */
export const set: Command = {
  name: "set",
  positional: { name: "id", many: false, describe: "The skill to change" },
  summary: "Change what the manifest says of a skill",
  options: {
    ...SKILL_OPTIONS,
    version: { kind: "text", describe: "The range of versions, of a skill that a registry names" },
    target: {
      kind: "list",
      describe:
        "Exactly these targets: agents such as claude-code cursor, custom:PATH, docker:NAME[:AGENT], ssh:HOST[:AGENT]",
    },
  },
  examples: [
    ["set web-design --ref v2.1.0", "another tag"],
    ["set pdf-forms --version ^2.1", "another range, of a registry's skill"],
    ["set web-design --target claude-code cursor", "exactly these targets"],
    ["set web-design --enabled=false", "keep the entry; the next apply removes its links"],
  ],
  async run(given, session) {
    const version = given.text("version");
    const words = { ...changesGiven(given), ...(version !== undefined && { version }) };
    const targets = given.list("target");
    if (Object.keys(words).length + targets.length === 0)
      throw usageError("", "set needs something to change, such as --ref");
    const { setSkill } = await import("../../engine.js");
    const options = { ...planOptions(given, session), ids: [] };
    return deliverEdit(await setSkill(options, given.words[0] ?? "", words, targets), session);
  },
};
