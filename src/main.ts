#!/usr/bin/env node
/**
 * The program. It answers the version and an `apply` with nothing to do at once. Otherwise it
 * passes the command line, the environment and the streams to the command line module, and exits
 * with its result. It is a separate file; all other modules are loaded on demand.
 */
import { join } from "node:path";
import { isTerminal, writeAtOnce } from "./system/standard-output.js";
import type * as Program from "./program.js";
import { VERSION } from "./version.js";

const argv = process.argv.slice(2);

async function run(): Promise<void> {
  const answer = await shortAnswer();
  if (answer !== null && writeAtOnce(answer)) return;
  const { drawFirstFrame } = await import("./cli/progress/first-frame.js");
  const hasFirstFrame = await drawFirstFrame(argv, process.env);
  const { runProgram } = (await loader())("./program.cjs") as typeof Program;
  process.exitCode = await runProgram(argv, hasFirstFrame);
}

/**
 * A stack is shown with --verbose alone; reading the maps takes longer than loading the program.
 * Node does not read them for code from the cache.
 */
async function loader(): Promise<(file: string) => unknown> {
  if (argv.includes("--verbose")) {
    process.setSourceMapsEnabled(true);
    return require;
  }
  const { cachingRequire } = await import("./system/compile-cache.js");
  // Each command has a cache of its own, which contains the functions that it uses.
  const command = /^[a-z][a-z-]{0,20}$/u.test(argv[0] ?? "") ? argv[0] : "other";
  return cachingRequire(join(__dirname, ".compile-cache", `${process.version}-${process.arch}`, `${command}.pack`));
}

/** Null if the whole program is needed. */
async function shortAnswer(): Promise<string | null> {
  if (argv.length === 1 && ["--version", "-V", "version"].includes(argv[0] ?? "")) return `${VERSION}\n`;
  // Loading what compares digests takes a tenth of Node's own start.
  if (argv[0] !== "apply" && argv[0] !== "sync") return null;
  const { settledResult } = await import("./cli/session/settled-run.js");
  const { currentHost } = await import("./system/host.js");
  return settledResult(argv, { program: VERSION, host: currentHost(), isTerminal: isTerminal(), startedAt: 0 });
}

run().catch(async (error: unknown) => {
  const { lastWords } = await import("./cli/session/last-resort.js");
  const { json, text } = lastWords(error, argv);
  (json ? process.stdout : process.stderr).write(text);
  process.exitCode = 1;
});
