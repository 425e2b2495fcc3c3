import { usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { runReactor } from "../session/reactor-session.js";
import { planOptions } from "../line/run-options.js";

/** `remove ID..`: out of the manifest, and off this machine. */
export const remove: Command = {
  name: "remove",
  positional: { name: "ids", many: true, describe: "The skills to remove" },
  summary: "Take skills out of the manifest and uninstall them",
  options: {},
  examples: [
    ["remove web-design", "its entry, its links and its pin; comments elsewhere stay"],
    ["remove one two", "several at once"],
  ],
  async run(given, session) {
    const { ids = [], ...options } = planOptions(given, session);
    if (ids.length === 0) throw usageError("", "remove needs the id of a skill");
    return await runReactor(options, session, [], (reactor) => reactor.remove(ids));
  },
};
