// Runs the built program again and again in one process. It receives one command line at a time by IPC,
// with a working directory and the whole environment, and answers with the exit code once nothing is left
// to do, as when a process of its own would end. `mark` ends the output of a run on both streams. A run
// that is `fresh` finds nothing loaded that an earlier one has loaded, but Node itself.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
let mark = null;
let isFresh = false;
// Each run may add a listener that writes compiled code at the end.
process.setMaxListeners(0);
// Each run listens for errors of its output.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);

process.on("message", (run) => {
  process.channel.unref();
  mark = run.mark;
  isFresh = run.fresh === true;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, run.env);
  process.chdir(run.cwd);
  process.argv = [process.argv[0], run.program, ...run.args];
  process.exitCode = 0;
  if (isFresh) for (const file of Object.keys(require.cache)) delete require.cache[file];
  delete require.cache[require.resolve(run.program)];
  require(run.program);
});

process.on("beforeExit", () => {
  if (mark === null) return;
  if (isFresh) {
    // This writes compiled code; the listeners keep what the run has loaded.
    for (const listener of process.listeners("exit")) listener(process.exitCode);
    process.removeAllListeners("exit");
  }
  process.channel.ref();
  process.stdout.write(mark);
  process.stderr.write(mark);
  process.send({ code: process.exitCode });
  process.exitCode = 0;
  process.chdir("/");
  mark = null;
});

process.on("disconnect", () => {
  // Otherwise thousands of runs would write their compiled code, one after the other, after the tests.
  process.removeAllListeners("exit");
  process.exit();
});
