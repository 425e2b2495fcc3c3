import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createRepository } from "./helpers/git-repository.js";
import { manifestOf, skillText } from "./helpers/manifest-of.js";
import { useSandbox } from "./helpers/with-sandbox.js";

const use = useSandbox();
const root = fileURLToPath(new URL("..", import.meta.url));

it("the programs of examples/ run with the built package [R-CLI-09]", async () => {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("notes") } });
  const remote = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf([{ id: "notes", repo: `${remote.url}/r.git` }]));
  mkdirSync(join(sandbox.project, "node_modules"));
  symlinkSync(root, join(sandbox.project, "node_modules/eden-skills"));
  symlinkSync(join(root, "examples"), join(sandbox.project, "examples"));
  const run = async (name: string, ...args: string[]) =>
    await promisify(execFile)(
      process.execPath,
      ["--preserve-symlinks", "--preserve-symlinks-main", `examples/${name}`, ...args],
      {
        cwd: sandbox.project,
        env: sandbox.environment(),
      },
    );
  expect((await run("plan.mjs")).stdout).toMatch(/^create\tnotes\t/u);
  expect((await run("apply.mjs")).stdout).toBe("notes installed\n");
  expect((await run("plan.mjs")).stdout).toMatch(/^noop\tnotes\t/u);
  expect((await run("smallest.mjs")).stdout).toBe("ok\n");
  mkdirSync(join(sandbox.project, "mytool-skills/tips"), { recursive: true });
  writeFileSync(join(sandbox.project, "mytool-skills/tips/SKILL.md"), skillText("tips"));
  expect((await run("ship.mjs")).stdout).toBe(`installed\ttips\t${sandbox.home}/.claude/skills/tips\n`);
  expect((await run("ship.mjs")).stdout).toBe("");
  expect((await run("ship.mjs", "--remove")).stdout).toBe(`removed\ttips\t${sandbox.home}/.claude/skills/tips\n`);
});
