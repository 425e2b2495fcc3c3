// Bundles the command line and the library into dist/, with source maps and the licences of what is in
// it, then writes the bill of materials and the type declarations. `--no-types` leaves these two out:
// the tests of the built program do not need them.
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ownGlobals } from "./own-globals.mjs";
import { METAFILE, writeBillOfMaterials, writeLicences } from "./shipped.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));

const withTypes = !process.argv.includes("--no-types");
const stale = withTypes
  ? ["dist"]
  : ["dist/chunks", "dist/.compile-cache", "dist/main.cjs", "dist/program.js", "dist/index.js"];
for (const part of stale) rmSync(`${root}/${part}`, { recursive: true, force: true });
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  minify: true,
  keepNames: false,
  // All licences are in THIRD_PARTY_LICENSES.
  legalComments: "none",
  // Names and positions only: the sources themselves would treble the size.
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  plugins: [ownGlobals],
  alias: {
    debug: "./scripts/left-out.mjs",
    "proxy-agent-negotiate": "./scripts/left-out.mjs",
    // yargs lays out the help of every command that it runs, and string-width takes longer for that than the command itself.
    "string-width": "fast-string-width",
  },
  define: { "process.env.EDEN_SKILLS_BUILD_VERSION": JSON.stringify(version) },
  logLevel: "warning",
};
// The entry is small and CommonJS, which Node starts faster; it loads the rest only if there is something to do.
const entry = await build({
  ...common,
  entryPoints: { main: "src/main.ts" },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  format: "cjs",
  external: ["./program.js"],
});
const rest = await build({
  ...common,
  entryPoints: ["src/program.ts", "src/index.ts"],
  outdir: "dist",
  splitting: true,
  format: "esm",
  chunkNames: "chunks/[name]-[hash]",
  // Some bundled CommonJS packages call require() for node's own modules.
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
});
chmodSync(`${root}/dist/main.cjs`, 0o755);
const outputs = { ...entry.metafile.outputs, ...rest.metafile.outputs };
writeFileSync(METAFILE, JSON.stringify({ inputs: { ...entry.metafile.inputs, ...rest.metafile.inputs }, outputs }));
writeLicences();
if (withTypes) {
  writeBillOfMaterials();
  execFileSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, "-p", "tsconfig.types.json"], {
    cwd: root,
    stdio: "inherit",
  });
}
