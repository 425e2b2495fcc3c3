import yargs from "yargs";
import { PROGRAM } from "./texts.js";

/** What a shell asks at every key; the words so far follow, the program's name first. */
const ASK = `${PROGRAM} --get-yargs-completions`;

/**
 * A script for a shell: yargs' own, but for fish, where its answers have no place for the word that
 * is begun.
 */
export function completionScript(shell: "bash" | "fish" | "zsh"): string {
  if (shell === "fish") return FISH;
  // yargs learns from this variable for which shell it writes, now and whenever it is asked.
  process.env["SHELL"] = shell;
  let script = "";
  void yargs()
    .scriptName(PROGRAM)
    .completion("completion", false)
    .parse("completion", {}, (_error, _given, output) => {
      script = output;
    });
  return script
    .replaceAll(ASK, `SHELL=${shell} ${ASK}`)
    .replaceAll(`${PROGRAM} completion `, `${PROGRAM} completion ${shell} `);
}

const FISH = `function __eden_skills_words
  SHELL=fish ${ASK} (commandline -opc) (commandline -ct) 2>/dev/null
end
complete -c ${PROGRAM} -f -a '(__eden_skills_words)'
`;
