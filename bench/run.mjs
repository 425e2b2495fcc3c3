// `npm run bench`: runs every measurement, or those named: `npm run bench -- start-up`. With `--record`, what they print also goes to
// bench/runs/<date>.txt. The measurements are TypeScript because they share the servers of the tests; esbuild makes each one runnable.
import { execFileSync } from "node:child_process";
import { appendFileSync, readdirSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

// Each measured run is a process of its own, with its start.
process.env.EDEN_TEST_PROCESSES = "1";

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = process.argv.slice(2).filter((word) => word !== "--record");
const all = readdirSync(`${root}/bench`).filter((name) => name.endsWith(".bench.ts"));
const chosen = all.filter((name) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)));
if (chosen.length === 0) throw new Error(`no measurement of that name; there are: ${all.join(", ")}`);

const { log } = console;
if (process.argv.includes("--record"))
  console.log = (line) => {
    log(line);
    appendFileSync(`${root}/bench/runs/${new Date().toISOString().slice(0, 10)}.txt`, `${line}\n`);
  };

const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
console.log(`== ${chosen.map((name) => name.replace(".bench.ts", "")).join(", ")}: ${new Date().toISOString()}`);
console.log(`commit ${git("rev-parse", "--short", "HEAD")}, node ${process.version}, ${git("--version")}`);
console.log(`${cpus().length} cores, ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}`);
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
