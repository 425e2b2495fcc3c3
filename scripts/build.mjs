// Bundles the command line and the library door into dist/, then writes the type declarations.
// `--no-types` leaves the declarations out: the tests of the built program do not need them.
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));

const withTypes = !process.argv.includes("--no-types");
const stale = withTypes ? ["dist"] : ["dist/chunks", "dist/main.js", "dist/index.js"];
for (const part of stale) rmSync(`${root}/${part}`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ["src/main.ts", "src/index.ts"],
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  minify: true,
  keepNames: false,
  legalComments: "external",
  chunkNames: "chunks/[name]-[hash]",
  define: { "process.env.EDEN_SKILLS_BUILD_VERSION": JSON.stringify(version) },
  // Some bundled CommonJS packages call require() for node's own modules.
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
  logLevel: "warning",
});
chmodSync(`${root}/dist/main.js`, 0o755);
if (withTypes) {
  execFileSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, "-p", "tsconfig.types.json"], {
    cwd: root,
    stdio: "inherit",
  });
}
