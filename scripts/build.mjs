// Bundles the command line and the library into dist/, with source maps and the licences of what is in
// it, then writes the bill of materials and the type declarations. `--no-types` leaves these two out:
// the tests of the built program do not need them.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { ownGlobals } from "./own-globals.mjs";
import { pageAssets } from "./page-assets.mjs";
import { METAFILE, writeBillOfMaterials, writeLicences } from "./shipped.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));

const withTypes = !process.argv.includes("--no-types");
const stale = withTypes
  ? ["dist"]
  : ["chunks", ".compile-cache", "main.cjs", "program.cjs", "index.cjs", "index.js"].map((name) => `dist/${name}`);
for (const part of stale) rmSync(`${root}/${part}`, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
const page = await pageAssets();
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
    // string-width takes longer for the help than the rest of the program.
    "string-width": "fast-string-width",
    // yargs compares two values with it; loading it takes as long as all of yargs.
    assert: "./scripts/assert-equal.mjs",
    "escalade/sync": "./scripts/no-search.mjs",
  },
  define: {
    "process.env.EDEN_SKILLS_BUILD_VERSION": JSON.stringify(version),
    "process.env.EDEN_SKILLS_PAGE_SCRIPT": JSON.stringify(page.script),
    "process.env.EDEN_SKILLS_PAGE_STYLE": JSON.stringify(page.style),
  },
  logLevel: "warning",
};
/** import() of a file of ours becomes require(): see specs/decisions/0054-start.md. */
const commonJs = { format: "cjs", supported: { "dynamic-import": false } };
// The entry loads the rest only if there is something to do.
const entry = await build({
  ...common,
  ...commonJs,
  entryPoints: { main: "src/main.ts" },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
});
// esbuild splits modules only: its chunks become CommonJS afterwards.
const rest = await build({
  ...common,
  entryPoints: ["src/program.ts", "src/index.ts"],
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  splitting: true,
  format: "esm",
  chunkNames: "chunks/[name]-[hash]",
  sourcemap: "inline",
  write: false,
});
const FILE_URL = 'const __url=require("node:url").pathToFileURL(__filename).href;';
for (const { path, text } of rest.outputFiles) {
  const { code, map } = await transform(text, {
    ...commonJs,
    platform: "node",
    target: common.target,
    minify: true,
    sourcemap: "external",
    sourcesContent: false,
    define: { "import.meta.url": "__url" },
    banner: text.includes("import.meta.url") ? FILE_URL : "",
  });
  const name = path.slice(path.lastIndexOf("/") + 1);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${code}//# sourceMappingURL=${name}.map\n`);
  writeFileSync(`${path}.map`, map);
}
const { exports } = rest.metafile.outputs["dist/index.cjs"];
writeFileSync(`${root}/dist/index.js`, `export { ${exports.join(", ")} } from "./index.cjs";\n`);
chmodSync(`${root}/dist/main.cjs`, 0o755);
const metafiles = [entry, rest, page].map(({ metafile }) => metafile);
const all = (part) => Object.assign({}, ...metafiles.map((metafile) => metafile[part]));
writeFileSync(METAFILE, JSON.stringify({ inputs: all("inputs"), outputs: all("outputs") }));
writeLicences();
if (withTypes) {
  writeBillOfMaterials();
  execFileSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, "-p", "tsconfig.types.json"], {
    cwd: root,
    stdio: "inherit",
  });
}
