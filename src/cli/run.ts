import { EdenError } from "../errors.js";
import { userManifestPath } from "../manifest/document/find-manifest.js";
import { unnamedFileFailure } from "../system/file-failure.js";
import { isolated, type Host } from "../system/host.js";
import { COMMANDS, HEADINGS } from "./commands/all.js";
import { completionsOf } from "./line/completion.js";
import { nameOf } from "./line/command.js";
import { ownWordsOf } from "./line/own-words.js";
import { overview } from "./line/overview.js";
import { readLine, type Line } from "./line/read-line.js";
import { usageError } from "./line/usage-error.js";
import { isOnGitHub } from "./outputs/on-github.js";
import type { SignalSource } from "./session/interrupts.js";
import { printDocument } from "./session/print-document.js";
import type { Session } from "./session/session.js";
import { Warnings } from "./session/warnings.js";
import { Writer, type Sink } from "./session/write.js";
import { NO_FRAME } from "./progress/first-frame.js";
import { palette, wantsColour } from "./terms/colour.js";
import { afterLostOutput, exitCodeOfError } from "./terms/error-exit-code.js";
import { errorDocument, errorLines } from "./views/problem-view.js";

/** Dependencies on the process. */
export interface Surroundings {
  version: string;
  host: Host;
  stdout: Sink;
  stderr: Sink;
  signals: SignalSource;
  /** The first frame of the live view is on the screen already. */
  hasFirstFrame?: boolean;
  exitNow(code: number): void;
}

/** Runs one command line and flushes all output. @returns the exit code; never rejects. */
export async function runCli(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { home } = surroundings.host;
  const out = new Writer(surroundings.stdout, home);
  const err = new Writer(surroundings.stderr, home);
  const streams = { surroundings, out, err };
  const isTyping = argv[0] === "--get-yargs-completions";
  const code = await (isTyping ? printCompletions(argv, streams) : runLine(argv, streams));
  await out.flush();
  if (out.failure !== null) err.line(`error: standard output could not be written: ${out.failure.message}`);
  await err.flush();
  return out.failure === null ? code : afterLostOutput(code);
}

interface Streams {
  surroundings: Surroundings;
  out: Writer;
  err: Writer;
}

async function runLine(argv: readonly string[], streams: Streams): Promise<number> {
  const { out, err } = streams;
  const line = readLine(argv, COMMANDS, out.sink.columns);
  const session = sessionOf(line, streams);
  const { globals, errColours } = session;
  try {
    if (line.failure !== null) throw line.failure;
    return await follow(line, session, streams);
  } catch (caught) {
    if (streams.surroundings.hasFirstFrame) err.raw(NO_FRAME);
    const error = withHelp(unnamedFileFailure(caught) ?? caught, line);
    const code = exitCodeOfError(error);
    if (globals.json) printDocument(errorDocument(error, code), session);
    else err.lines(errorLines(error, errColours, globals.verbose === true));
    if (isOnGitHub(session)) {
      const { showErrorOnGitHub } = await import("./outputs/github.js");
      showErrorOnGitHub(error, line.command === null ? "" : nameOf(line.command), session);
    }
    return code;
  }
}

/** Answers the completion script of a shell. */
async function printCompletions(asked: readonly string[], { surroundings, out }: Streams): Promise<number> {
  for (const word of await completionsOf(asked, COMMANDS, ownWordsOf(surroundings.host))) out.line(word);
  return 0;
}

function sessionOf({ given }: Line, streams: Streams): Session {
  const { surroundings, out, err } = streams;
  const host = given.isolated ? isolated(surroundings.host) : surroundings.host;
  const colours = ({ sink }: Writer) => palette(wantsColour(given.color ?? "auto", host.env, sink.isTTY === true));
  return {
    host,
    globals: {
      ...given,
      // The same document, in another form.
      json: given.json === true || given["log-format"] === "logfmt",
      ...(given.global && { config: userManifestPath(host) }),
    },
    out,
    err,
    outColours: colours(out),
    errColours: colours(err),
    warnings: new Warnings(),
    signals: surroundings.signals,
    exitNow: (code) => surroundings.exitNow(code),
    runLine: async (argv) => await runLine(argv, streams),
  };
}

async function follow(line: Line, session: Session, { surroundings, err }: Streams): Promise<number> {
  const { command, given } = line;
  if (given.help) {
    const text = command === null ? await overview(HEADINGS, session.out.sink.columns) : await line.help();
    return answer("help", text, session);
  }
  if (given.V === true || given.version === true) return answer("version", surroundings.version, session);
  if (command !== null && "handler" in command) return await command.handler(given, session);
  if (given.json) throw usageError("", "no command was given");
  err.line(await overview(HEADINGS, err.sink.columns));
  return 2;
}

/** Prints help or version; with --json as one document. @returns the exit code. */
function answer(what: "help" | "version", text: string, session: Session): number {
  if (session.globals.json) printDocument({ schema_version: 1, command: what, [what]: text }, session);
  else session.out.line(text);
  return 0;
}

/** A usage error names the command whose help explains it. */
function withHelp(error: unknown, { command }: Line): unknown {
  if (!(error instanceof EdenError) || error.code !== "USAGE" || error.facts.hint !== undefined) return error;
  const hint = `\`eden-skills ${command === null ? "" : `${nameOf(command)} `}--help\` shows what it takes.`;
  return new EdenError(error.code, error.message, { ...error.facts, hint }, error.cause);
}
