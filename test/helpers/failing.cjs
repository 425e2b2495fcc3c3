// Preloaded into the program: of the calls of node:fs for paths below a directory, one fails, or all
// from one on; with the errno SIGKILL the program is killed there. At the end the number of calls is
// written to a file.
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");

const { below, calls, errno, from, only, log } = JSON.parse(process.env.EDEN_TEST_FAILING);
const { readlinkSync, writeFileSync } = fs;
const paths = new Map();
let count = 0;

/** The program reaches directories that it holds open by their descriptors. */
const pathOf = (what) =>
  String((typeof what === "number" ? paths.get(what) : what) ?? "").replace(/^\/proc\/self\/fd\/\d+/u, (held) =>
    readlinkSync(held),
  );

function failure(name, what) {
  if (!calls.includes(name)) return null;
  if (!`${pathOf(what)}/`.startsWith(`${below}/`)) return null;
  count += 1;
  if (only ? count !== from : count < from) return null;
  if (errno === "SIGKILL") process.kill(process.pid, errno);
  const syscall = name.replace(/Sync$/u, "");
  const text = `${errno}: it was made to fail, ${syscall} '${pathOf(what)}'`;
  return Object.assign(new Error(text), { code: errno, errno: -5, syscall, path: pathOf(what) });
}

// Opened files are known by their descriptors, whether opening them may fail or not.
for (const name of new Set([...calls, "open", "openSync"])) {
  const real = fs[name];
  fs[name] = name.endsWith("Sync")
    ? (what, ...rest) => {
        const error = failure(name, what);
        if (error !== null) throw error;
        const result = real(what, ...rest);
        if (name === "openSync") paths.set(result, what);
        return result;
      }
    : (what, ...rest) => {
        const error = failure(name, what);
        const done = rest.pop();
        if (error !== null) return void process.nextTick(done, error);
        real(what, ...rest, (failed, result) => {
          if (name === "open") paths.set(result, what);
          done(failed, result);
        });
      };
}
if (calls.includes("realpathSync")) fs.realpathSync.native = fs.realpathSync;
process.on("exit", () => log && writeFileSync(log, String(count)));
syncBuiltinESMExports();
