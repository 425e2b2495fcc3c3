import { usageError, type Arguments } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { completionsOf } from "../line/completion-words.js";
import { COMPLETION_SCRIPTS } from "../line/completion-scripts.js";
import { printDocument } from "../session/print-document.js";
import type { Session } from "../session/session.js";

/** What the scripts take for "the name of a file". */
const FILE_EXIT = 4;

/** `completion SHELL`: a script for the user's shell, which asks `completion words -- …` at every key. `commands` are those to complete. */
export const completionOf = (commands: () => readonly Command[]): Command => ({
  name: "completion",
  positional: { name: "shell", many: true, describe: "bash, fish, zsh" },
  summary: "Print a script that completes commands, options and skill ids",
  options: {},
  examples: [
    ["completion bash > ~/.local/share/bash-completion/completions/eden-skills", "for bash"],
    ['completion zsh > "${fpath[1]}/_eden-skills"', "for zsh"],
    ["completion fish > ~/.config/fish/completions/eden-skills.fish", "for fish"],
  ],
  judge: (given) => (given.words.length > 0 && given.words[0] !== "words" ? scriptOf(given) : undefined),
  async run(given, session) {
    const [shell, ...typed] = given.words;
    if (shell === "words") return await complete(typed, commands(), session);
    const script = scriptOf(given);
    if (session.globals.json) printDocument({ schema_version: 1, command: "completion", shell, script }, session);
    else session.out.raw(script);
    return 0;
  },
});

function scriptOf({ words }: Arguments): string {
  const script = words.length === 1 ? COMPLETION_SCRIPTS[words[0] ?? ""] : undefined;
  if (script !== undefined) return script;
  throw usageError("", `there is no completion for ${JSON.stringify(words.join(" "))}: expected bash, fish or zsh`);
}

async function complete(typed: readonly string[], commands: readonly Command[], session: Session): Promise<number> {
  const engine = async () => await import("../../engine.js");
  const options = { host: session.host, ...configOf(typed) };
  const words = await completionsOf(typed, commands, {
    agentIds: async () => (await engine()).agents.map(({ id }) => id),
    skillIds: async () =>
      await quietly(async () => (await (await engine()).inventory(options)).skills.map(({ id }) => id)),
    registryNames: async () => await quietly(async () => await (await engine()).registryNames(options)),
  });
  if (words === null) return FILE_EXIT;
  for (const word of words) session.out.line(word);
  return 0;
}

/** Nobody wants to read of a broken manifest while typing. */
async function quietly(ask: () => Promise<string[]>): Promise<string[]> {
  try {
    return await ask();
  } catch {
    return [];
  }
}

/** The manifest that the line being typed names. */
function configOf(typed: readonly string[]): { config?: string } {
  const at = typed.indexOf("--config");
  const config = at === -1 ? undefined : typed[at + 1];
  return config === undefined || config === "" ? {} : { config };
}
