import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const root = new URL("../../", import.meta.url);

interface Step {
  if?: string;
  run?: string;
  env?: Record<string, string>;
  uses?: string;
}

const action = parse(readFileSync(new URL("action.yml", root), "utf8")) as {
  inputs: Record<string, { default: string }>;
  runs: { using: string; steps: Step[] };
};

/** An expression of the workflow language, as far as the action uses it. */
const evaluate = (text: string) =>
  text.replaceAll(/\$\{\{ inputs\.(?<name>\w+) \}\}/gu, (_, name: string) => action.inputs[name]?.default ?? "?");

it("the steps of action.yml fill the store, and install from it alone [R-WARM-01]", async () => {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "served/one.git"), { files: { "SKILL.md": skillText("one") } });
  const remote = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf([{ id: "one", repo: `${remote.url}/one.git` }]));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  await removeTree(sandbox.storage);
  await removeTree(join(sandbox.home, ".claude"));

  // npx would fetch the published package; here it runs what was built.
  const bin = join(sandbox.root, "bin");
  mkdirSync(bin);
  const program = fileURLToPath(new URL("dist/main.cjs", root));
  const npx = `#!/bin/sh\n[ "$1" = --yes ] && [ "$2" = eden-skills@latest ] || exit 64\nshift 2\nexec "${process.execPath}" "${program}" "$@"\n`;
  writeFileSync(join(bin, "npx"), npx);
  chmodSync(join(bin, "npx"), 0o755);

  const run = async (step: Step | undefined) => {
    const given = Object.entries(step?.env ?? {}).map(([name, value]) => [name, evaluate(value)]);
    const base = sandbox.environment();
    const env = { ...base, ...Object.fromEntries(given), PATH: `${bin}:${base["PATH"]}` };
    await execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? "exit 64"], {
      cwd: sandbox.project,
      env,
      extendEnv: false,
    });
  };
  const [cache, fill, install] = action.runs.steps;
  expect(action.runs.using).toBe("composite");
  expect(cache?.uses).toMatch(/^actions\/cache@/u);
  expect(fill?.if).toBe("steps.cache.outputs.cache-hit != 'true'");
  await run(fill);
  await remote.close();
  // What a cache keeps: nothing but the store.
  for (const name of readdirSync(sandbox.storage)) if (name !== "store") await removeTree(join(sandbox.storage, name));
  await run(install);
  expect(readFileSync(join(sandbox.home, ".claude/skills/one/SKILL.md"), "utf8")).toBe(skillText("one"));
});
