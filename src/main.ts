#!/usr/bin/env node
/**
 * The program. It answers the version and an `apply` with nothing to do at once. Otherwise it
 * passes the command line, the environment and the streams to the command line module, and exits
 * with its result. It is a separate CommonJS file, since Node starts those faster; all other
 * modules are loaded on demand.
 */
import { join } from "node:path";
import { lastWords } from "./cli/session/last-resort.js";
import { settledResult } from "./cli/session/settled-run.js";
import { keepCompiledCode } from "./system/compile-cache.js";
import { currentHost } from "./system/host.js";
import { isTerminal, writeAtOnce } from "./system/standard-output.js";
import { VERSION } from "./version.js";

const argv = process.argv.slice(2);
const isVersion = argv.length === 1 && ["--version", "-V", "version"].includes(argv[0] ?? "");
const answer = isVersion
  ? `${VERSION}\n`
  : settledResult(argv, { program: VERSION, host: currentHost(), isTerminal: isTerminal(), startedAt: 0 });

if (answer === null || !writeAtOnce(answer)) {
  // A stack is shown with --verbose alone; reading the maps takes longer than loading the program.
  // Node does not read them for code from the cache.
  if (argv.includes("--verbose")) process.setSourceMapsEnabled(true);
  else keepCompiledCode(join(__dirname, ".compile-cache"));
  const run = async () => {
    const { runProgram } = await import("./program.js");
    process.exitCode = await runProgram(argv);
  };
  run().catch((error: unknown) => {
    const { json, text } = lastWords(error, argv);
    (json ? process.stdout : process.stderr).write(text);
    process.exitCode = 1;
  });
}
