import { EdenError } from "../errors.js";
import { unnamedFileFailure } from "../system/file-failure.js";
import { isolated, leaveRemovedDirectory, type Host } from "../system/host.js";
import { usageError } from "./line/arguments.js";
import { palette, wantsColour } from "./terms/colour.js";
import { COMMANDS } from "./commands/all.js";
import { afterLostOutput, exitCodeOfError } from "./terms/exit-code.js";
import type { Globals } from "./line/global-options.js";
import type { helpText as HelpText } from "./line/help.js";
import type { SignalSource } from "./session/interrupts.js";
import { parseCommandLine, wantsJson } from "./line/command-line.js";
import { errorDocument, errorLines } from "./views/problem-view.js";
import { printDocument } from "./session/print-document.js";
import { Warnings } from "./session/warnings.js";
import { Writer, type Sink } from "./session/write.js";

/** What the program is given by the process it runs in. */
export interface World {
  version: string;
  env: Readonly<Record<string, string | undefined>>;
  host(): Host;
  stdout: Sink;
  stderr: Sink;
  signals: SignalSource;
  exitNow(code: number): void;
}

/** Runs one command line to its end, everything written, and returns the exit code. Never rejects. */
export async function runCli(argv: readonly string[], world: World): Promise<number> {
  // Build servers obey lines that begin in a way of their own.
  const guarded = world.env["GITHUB_ACTIONS"] === "true" || world.env["TF_BUILD"] !== undefined;
  const out = new Writer(world.stdout, guarded);
  const err = new Writer(world.stderr, guarded);
  const code = await runCommand(argv, world, out, err);
  await out.flush();
  if (out.failure !== null) err.line(`error: standard output could not be written: ${out.failure.message}`);
  await err.flush();
  return out.failure === null ? code : afterLostOutput(code);
}

async function runCommand(argv: readonly string[], world: World, out: Writer, err: Writer): Promise<number> {
  let globals: Globals | null = null;
  const warnings = new Warnings();
  try {
    const request = parseCommandLine(argv, COMMANDS);
    if (request.kind === "nothing") {
      if (wantsJson(argv)) throw usageError("", "no command was given");
      const helpText = await loadHelp();
      err.line(helpText(COMMANDS, null, err.sink.columns || 100));
      return 2;
    }
    globals = request.globals;
    if (request.kind === "version") return answer("version", world.version, globals, out);
    if (request.kind === "help") {
      const helpText = await loadHelp();
      return answer("help", helpText(COMMANDS, request.command, out.sink.columns || 100), globals, out);
    }
    const host = globals.isolated ? isolated(world.host()) : world.host();
    return await request.command.run(request.given, {
      host,
      globals,
      out,
      err,
      outColours: palette(wantsColour(globals.color, host.env, out.sink.isTTY === true)),
      errColours: palette(wantsColour(globals.color, host.env, err.sink.isTTY === true)),
      warnings,
      signals: world.signals,
      exitNow: (code) => world.exitNow(code),
    });
  } catch (caught) {
    const error = withHelp(unnamedFileFailure(caught) ?? caught, argv);
    const code = exitCodeOfError(error);
    if (globals?.json ?? wantsJson(argv)) printDocument(errorDocument(error, code), { out, warnings });
    else {
      const colours = palette(wantsColour(globals?.color ?? "auto", world.env, err.sink.isTTY === true));
      for (const line of errorLines(error, colours, globals?.verbose ?? false)) err.line(line);
    }
    return code;
  }
}

/** What lays the help out asks for the working directory, needed or not. */
async function loadHelp(): Promise<typeof HelpText> {
  leaveRemovedDirectory();
  return (await import("./line/help.js")).helpText;
}

/** Prints what the program says of itself, with --json as one document. @returns the exit code. */
function answer(what: "help" | "version", text: string, { json }: Globals, out: Writer): number {
  if (json) printDocument({ schema_version: 1, command: what, [what]: text }, { out, warnings: new Warnings() });
  else out.line(text);
  return 0;
}

/** A usage error names the command whose help explains it. */
function withHelp(error: unknown, argv: readonly string[]): unknown {
  if (!(error instanceof EdenError) || error.code !== "USAGE" || error.facts.hint !== undefined) return error;
  const name = COMMANDS.find((command) => command.name.split(" ").every((word) => argv.includes(word)))?.name;
  const hint = `\`eden-skills ${name === undefined ? "" : `${name} `}--help\` shows what it takes.`;
  return new EdenError(error.code, error.message, { ...error.facts, hint }, error.cause);
}
