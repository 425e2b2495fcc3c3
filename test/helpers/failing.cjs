// Preloaded into the program: of the calls of node:fs for paths below a directory, one fails, or all
// from one on; with the errno SIGKILL the program is killed there. A write that fails leaves half of
// its bytes. "create" means `open` and `openSync` of a file that may be created. The calls are written
// to a file, one a line. In a process that serves many runs, each new text in EDEN_TEST_FAILING starts
// the count again; the names of the calls are those of the first one, and `pid` is taken for the id of
// the process.
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");
const { join } = require("node:path");

const { calls } = JSON.parse(process.env.EDEN_TEST_FAILING);
const { closeSync, openSync, readlinkSync, writeFileSync: writeFile, writeSync } = fs;
const { pid } = process;
const paths = new Map();
let text, request, log, made;

/** Of this run. */
function currentRequest() {
  if (process.env.EDEN_TEST_FAILING !== text) {
    text = process.env.EDEN_TEST_FAILING;
    request = JSON.parse(text);
    if (log) closeSync(log);
    log = request.log && openSync(request.log, "w");
    made = 0;
  }
  return request;
}
currentRequest();
Object.defineProperty(process, "pid", { get: () => currentRequest().pid ?? pid });

/** The program reaches directories that it holds open by their descriptors. */
const pathOf = (what) =>
  String((typeof what === "number" ? paths.get(what) : what) ?? "").replace(/^\/proc\/self\/fd\/\d+/u, (held) =>
    readlinkSync(held),
  );

const mayCreate = (flags) => (typeof flags === "number" ? (flags & fs.constants.O_CREAT) !== 0 : /[wa]/u.test(flags));

function isCounted(name, rest) {
  return calls.includes(name) || (calls.includes("create") && name.startsWith("open") && mayCreate(rest[0] ?? "r"));
}

/** @param half writes half of the bytes. */
function failure(name, [what, ...rest], half) {
  if (!isCounted(name, rest)) return null;
  const { below, errno, from, only } = currentRequest();
  if (!`${pathOf(what)}/`.startsWith(`${below}/`)) return null;
  made++;
  if (log) writeSync(log, `${made === 1 ? "" : "\n"}${name} ${pathOf(what)}`);
  if (only ? made !== from : made < from) return null;
  if (name.startsWith("write")) half(what, ...rest);
  if (errno === "SIGKILL") process.kill(pid, errno);
  const syscall = name.replace(/Sync$/u, "");
  const message = `${errno}: it was made to fail, ${syscall} '${pathOf(what)}'`;
  return Object.assign(new Error(message), { code: errno, errno: -5, syscall, path: pathOf(what) });
}

const halfOfFile = (file, data, options) => {
  try {
    writeFile(file, data.slice(0, data.length / 2), options);
  } catch {
    // The write would have failed in any case.
  }
};
const halfOfBuffer = (descriptor, buffer, offset = 0, length = buffer.length - offset) =>
  writeSync(descriptor, buffer, offset, Math.floor(length / 2));
const halfOf = (name) => (/File/u.test(name) ? halfOfFile : halfOfBuffer);

// Opened files are known by their descriptors, whether opening them may fail or not.
for (const name of new Set([...calls, "open", "openSync"])) {
  const real = fs[name];
  if (real === undefined) continue;
  fs[name] = name.endsWith("Sync")
    ? (...args) => {
        const error = failure(name, args, halfOf(name));
        if (error !== null) throw error;
        const result = real(...args);
        if (name === "openSync") paths.set(result, args[0]);
        return result;
      }
    : (...args) => {
        const error = failure(name, args, halfOf(name));
        const done = args.pop();
        if (error !== null) return void process.nextTick(done, error);
        real(...args, (failed, result) => {
          if (name === "open") paths.set(result, args[0]);
          done(failed, result);
        });
      };
}
for (const name of ["writeFile", "copyFile"]) {
  if (!calls.includes(`${name}Sync`)) continue;
  const real = fs.promises[name];
  fs.promises[name] = async (...args) => {
    const error = failure(`${name}Sync`, args, halfOfFile);
    if (error !== null) throw error;
    return await real(...args);
  };
}
// Node removes a tree in one call that cannot be interrupted from here: each step of it is a call.
if (!calls.includes("rmSync") && calls.includes("unlinkSync"))
  fs.rmSync = function remove(path) {
    const stats = fs.lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (!stats.isDirectory()) return fs.unlinkSync(path);
    for (const entry of fs.readdirSync(path)) remove(join(path, entry));
    fs.rmdirSync(path);
  };
if (calls.includes("realpathSync")) fs.realpathSync.native = fs.realpathSync;
syncBuiltinESMExports();
