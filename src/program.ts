import { currentHost, leaveRemovedDirectory } from "./system/host.js";
import { releaseMemoryEarly } from "./system/release-memory.js";
import { VERSION } from "./version.js";

/**
 * Runs a command line in this process.
 * @param hasFirstFrame the first frame of the live view is on the screen.
 * @returns the exit code.
 */
export async function runProgram(argv: readonly string[], hasFirstFrame = false): Promise<number> {
  const host = currentHost();
  // yargs asks for the working directory as it is loaded, and fails when that was removed.
  leaveRemovedDirectory();
  const { runCli } = await import("./cli/run.js");
  releaseMemoryEarly();
  return await runCli(argv, {
    version: VERSION,
    host,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    hasFirstFrame,
    exitNow: (code) => process.exit(code),
  });
}
