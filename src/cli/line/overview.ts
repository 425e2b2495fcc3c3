import yargs from "yargs";
import { membersOf, type AnyCommand } from "./command.js";
import { GLOBAL_OPTIONS, VERSION_OPTION } from "./global-options.js";
import { EPILOGUE, INTRODUCTION, PROGRAM, widthOf } from "./texts.js";

/**
 * The help about all commands, those of one purpose under a heading of their own. yargs knows one
 * list of commands only, and takes long for a long one, so that each heading is the help of a
 * program with a few commands.
 */
export async function overview(
  headings: readonly (readonly [string, readonly AnyCommand[]])[],
  columns: number | undefined,
): Promise<string> {
  const width = widthOf(columns);
  const part = (usage: string) =>
    yargs().scriptName(PROGRAM).detectLocale(false).help(false).version(false).wrap(width).usage(usage);
  const parts = [await part(INTRODUCTION).getHelp()];
  for (const [heading, commands] of headings) {
    const some = part("").updateStrings({ "Commands:": heading });
    for (const { command, describe, aliases } of commands.flatMap(membersOf)) {
      some.command({ command: [command, ...(aliases ?? [])], describe, handler() {} });
    }
    parts.push(await some.getHelp());
  }
  const options = part("")
    .options(GLOBAL_OPTIONS)
    .option("version", { ...VERSION_OPTION, alias: "V" });
  parts.push(await options.epilogue(`${EPILOGUE}\n\nMore about one command: $0 help <command>`).getHelp());
  return parts.map((text) => text.trim()).join("\n\n");
}
