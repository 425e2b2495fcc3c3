import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

it("EDEN_SKILLS_HOME moves the user's manifest, the policy and the usual storage [R-MANIFEST-24]", async () => {
  const sandbox = use.sandbox();
  const home = join(sandbox.root, "moved");
  const env = { EDEN_SKILLS_HOME: home };
  const repository = join(sandbox.root, "r.git");
  await createRepository(repository, { files: { "SKILL.md": skillText("notes") } });
  const init = await sandbox.run(["init", "--global", "--json"], { env });
  expect(init.json().manifest).toBe(join(home, "skills.toml"));
  writeFileSync(join(home, "skills.toml"), manifestOf([{ id: "notes", repo: repository }]));
  const first = await sandbox.run(["apply", "--global", "--json"], { env });
  expect(first.code).toBe(0);
  expect(existsSync(join(home, "skills/store"))).toBe(true);
  expect((await sandbox.run(["apply"], { env })).stdout).toContain("1 of 1 skills installed");
  expect((await sandbox.run(["clean", "--all"], { env })).code).toBe(0);
  expect(existsSync(join(sandbox.home, ".eden-skills"))).toBe(false);

  writeFileSync(join(home, "policy.toml"), 'version = 1\n[sources]\ndeny = ["file:/**"]\n');
  const denied = await sandbox.run(["policy", "check", "--global", "--json"], { env });
  expect(denied.code).toBe(3);
});

it("a storage that is written out below ~/.eden-skills moves, too, and a relative home is one of the working directory [R-MANIFEST-24]", async () => {
  const sandbox = use.sandbox();
  const repository = join(sandbox.root, "r.git");
  await createRepository(repository, { files: { "SKILL.md": skillText("notes") } });
  mkdirSync(join(sandbox.project, "own"));
  sandbox.writeManifest(
    `${manifestOf([{ id: "notes", repo: repository }])}\n[storage]\nroot = "~/.eden-skills/cache"\n`,
  );
  expect((await sandbox.run(["apply"], { env: { EDEN_SKILLS_HOME: "own" } })).code).toBe(0);
  expect(existsSync(join(sandbox.project, "own/cache/store"))).toBe(true);
  expect(existsSync(join(sandbox.home, ".eden-skills"))).toBe(false);
});
