import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the program with another control law for `auto`, a file of bench/control-laws, and returns the path of its entry. */
export async function programWithLaw(law: string): Promise<string> {
  const outdir = join(root, "node_modules/.cache/bench/laws", law);
  await build({
    absWorkingDir: root,
    stdin: {
      contents:
        'import { runProgram } from "./src/program.js"; process.exitCode = await runProgram(process.argv.slice(2));',
      resolveDir: root,
      loader: "ts",
    },
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    minify: true,
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    logLevel: "warning",
    plugins: [
      {
        name: "law",
        setup(setup) {
          setup.onResolve({ filter: /\/governors\/throughput\.js$/ }, () => ({
            path: join(root, "bench/control-laws", `${law}.ts`),
          }));
        },
      },
    ],
  });
  return join(outdir, "stdin.mjs");
}
