import { readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox(afterAll);
const SHIM = fileURLToPath(new URL("../helpers/loaded.cjs", import.meta.url));
const META = fileURLToPath(new URL("../../dist/meta.json", import.meta.url));

/** Folders of `src/` and packages that are for single kinds of sources, targets and commands; a plan knows the names of remote targets. */
const PARTS =
  /^src\/(?:archive|ship|site|propose|import)\/|^src\/remote-targets\/(?!failures|remote-place)|^node_modules\/(?:tar|yauzl|undici)\//u;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = use.sandbox();
  const { dir } = await createRepository(join(sandbox.root, "r.git"), { files: { "SKILL.md": skillText("one") } });
  sandbox.writeManifest(manifestOf([{ id: "one", repo: `file://${dir}` }]));
  for (let run = 0; run < 2; run += 1) expect((await sandbox.run(["apply"])).code).toBe(0);
});

/** The parts that are in the loaded chunks at the end of a run. */
async function partsOf(...args: string[]): Promise<string[]> {
  const seen = join(sandbox.root, "seen");
  rmSync(seen, { force: true });
  const { code } = await sandbox.run(args, { env: { NODE_OPTIONS: `--require=${SHIM}`, EDEN_TEST_LOADED: seen } });
  expect(code).toBe(0);
  const { chunks } = JSON.parse(readFileSync(seen, "utf8").trim().split("\n").at(-1) ?? "") as { chunks: string[] };
  expect(chunks).toContain("main.cjs");
  const { outputs } = JSON.parse(readFileSync(META, "utf8")) as {
    outputs: Record<string, { inputs: Record<string, unknown> }>;
  };
  const loaded = Object.entries(outputs).filter(([path]) => chunks.includes(basename(path)));
  return loaded.flatMap(([, { inputs }]) => Object.keys(inputs)).filter((input) => PARTS.test(input));
}

it.each([["--version"], ["--help"], ["list"], ["apply"], ["plan"]])(
  "%s loads no code for archives, sites, remote targets and other tools [R-CLI-30]",
  async (...args) => {
    expect(await partsOf(...args)).toEqual([]);
  },
);
