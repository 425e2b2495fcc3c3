import { runCli } from "./cli/run.js";
import { currentHost } from "./system/host.js";
import { VERSION } from "./version.js";

/** Runs a command line in this process. @returns the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  return await runCli(argv, {
    version: VERSION,
    env: process.env,
    host: currentHost,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    exitNow: (code) => process.exit(code),
  });
}
