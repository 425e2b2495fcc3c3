#!/usr/bin/env node
/**
 * The program: hands the command line, the surroundings and the streams to the one who understands them, and ends with the code that
 * comes back. The version alone is answered before anything else is loaded.
 */
const argv = process.argv.slice(2);
const version = process.env.EDEN_SKILLS_BUILD_VERSION ?? "0.0.0";

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exitCode = error.code === "EPIPE" ? 0 : 1;
  });
  process.stdout.write(`${version}\n`);
} else {
  const [{ runCli }, { currentHost }] = await Promise.all([import("./cli/run.js"), import("./system/host.js")]);
  process.exitCode = await runCli(argv, {
    version,
    env: process.env,
    host: currentHost,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    exitNow: (code) => process.exit(code),
  });
}
