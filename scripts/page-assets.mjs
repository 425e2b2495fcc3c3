// The program and the styles of the HTML report, as texts that the bundler puts into the command line.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @returns the two texts, and the bundler's account of what is in them. */
export async function pageAssets() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { page: "src/cli/page/browser/main.ts" },
    outdir: "dist",
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome123", "firefox128", "safari17.5"],
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text.trim();
  return { script: textOf(".js"), style: textOf(".css"), metafile };
}
