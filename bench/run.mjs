// `npm run bench`: runs every measurement, or those named: `npm run bench -- start-up`. The measurements are TypeScript because they share
// the servers of the tests; esbuild makes each one runnable in memory.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

// Each measured run is a process of its own, with its start.
process.env.EDEN_TEST_PROCESSES = "1";

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = process.argv.slice(2);
const all = readdirSync(`${root}/bench`).filter((name) => name.endsWith(".bench.ts"));
const chosen = all.filter((name) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)));
if (chosen.length === 0) throw new Error(`no measurement of that name; there are: ${all.join(", ")}`);
for (const name of chosen) {
  const outfile = `${root}/node_modules/.cache/bench/${name}.mjs`;
  await build({
    entryPoints: [`${root}/bench/${name}`],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    define: { "import.meta.url": JSON.stringify(`file://${root}/test/helpers/bench.js`) },
    logLevel: "warning",
  });
  await import(outfile);
}
