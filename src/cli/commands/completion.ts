import { completionScript } from "../line/completion-script.js";
import { defineCommand } from "../line/command.js";
import { printDocument } from "../session/print-document.js";

const SHELLS = ["bash", "fish", "zsh"] as const;

/**
 * `completion SHELL`: a script for the user's shell, which asks the program at every key what may
 * follow.
 */
export const completion = defineCommand({
  command: "completion <shell>",
  describe: "Print a script that completes commands, options and skill ids",
  builder: (yargs) =>
    yargs.positional("shell", { choices: SHELLS, describe: "The shell" }).example([
      ["$0 completion bash > ~/.local/share/bash-completion/completions/eden-skills", "for bash"],
      ['$0 completion zsh > "${fpath[1]}/_eden-skills"', "for zsh"],
      ["$0 completion fish > ~/.config/fish/completions/eden-skills.fish", "for fish"],
    ]),
  async handler({ shell = "bash" }, session) {
    const script = completionScript(shell);
    if (session.globals.json) printDocument({ schema_version: 1, command: "completion", shell, script }, session);
    else session.out.raw(script);
    return 0;
  },
});
