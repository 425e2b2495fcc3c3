// Preloaded into the program: below a directory, regular files have one mode, whatever chmod says, as on exFAT, FAT and many network mounts.
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");

const { below, mode, chmod } = JSON.parse(process.env.EDEN_TEST_MODELESS);
const paths = new Map();
/** The program reaches directories that it holds open by their descriptors. */
const realOf = (path) => String(path).replace(/^\/proc\/self\/fd\/\d+/u, (held) => fs.readlinkSync(held));
const isBelow = (path) => `${realOf(path)}/`.startsWith(`${below}/`);

function withMode(path, stats) {
  if (stats?.isFile() && path !== undefined && isBelow(path)) stats.mode = (stats.mode & ~0o777) | mode;
  return stats;
}

function replace(name, make) {
  fs[name] = make(fs[name]);
}

for (const name of ["lstatSync", "statSync"])
  replace(
    name,
    (real) =>
      (path, ...rest) =>
        withMode(path, real(path, ...rest)),
  );
replace("openSync", (real) => (path, ...rest) => {
  const descriptor = real(path, ...rest);
  paths.set(descriptor, path);
  return descriptor;
});
replace(
  "fstatSync",
  (real) =>
    (descriptor, ...rest) =>
      withMode(paths.get(descriptor), real(descriptor, ...rest)),
);
replace(
  "chmodSync",
  (real) =>
    (path, ...rest) =>
      refuseOr(path, () => real(path, ...rest)),
);
replace(
  "fchmodSync",
  (real) =>
    (descriptor, ...rest) =>
      refuseOr(paths.get(descriptor), () => real(descriptor, ...rest)),
);

function refuseOr(path, act) {
  if (path === undefined || !isBelow(path) || !fs.lstatSync(path).isFile()) return act();
  if (chmod === "ignored") return undefined;
  throw Object.assign(new Error(`${chmod}: operation not permitted, chmod '${path}'`), {
    code: chmod,
    errno: -1,
    syscall: "chmod",
    path,
  });
}

syncBuiltinESMExports();
