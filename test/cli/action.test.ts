import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { actionAt, actionRunner } from "../helpers/action-runner.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { PASSWORD, useProposals } from "../helpers/proposal-world.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const proposals = useProposals();

/** A manifest with one skill, its lockfile, and an empty machine. */
async function setUp() {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "served/one.git"), { files: { "SKILL.md": skillText("one") } });
  const remote = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf([{ id: "one", repo: `${remote.url}/one.git` }]));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const installed = join(sandbox.home, ".claude/skills/one/SKILL.md");
  return { sandbox, remote, installed };
}

async function empty(sandbox: Sandbox) {
  await removeTree(sandbox.storage);
  await removeTree(join(sandbox.home, ".claude"));
}

it("the steps of action.yml fill the store, and install from it alone [R-WARM-01]", async () => {
  const { sandbox, remote, installed } = await setUp();
  await empty(sandbox);
  const action = actionAt("action.yml");
  const run = actionRunner(sandbox, action);
  const [cache, fill, install] = action.runs.steps;
  expect(action.runs.using).toBe("composite");
  expect(cache?.uses).toMatch(/^actions\/cache@/u);
  expect(fill?.if).toBe("steps.cache.outputs.cache-hit != 'true'");
  expect((await run(fill)).exitCode).toBe(0);
  await remote.close();
  // What a cache keeps: nothing but the store.
  for (const name of readdirSync(sandbox.storage)) if (name !== "store") await removeTree(join(sandbox.storage, name));
  expect((await run(install)).exitCode).toBe(0);
  expect(readFileSync(installed, "utf8")).toBe(skillText("one"));
});

it("setup fills the store; verify checks the policy, installs without network, and audits [R-PR-15]", async () => {
  const { sandbox, remote, installed } = await setUp();
  await sandbox.run(["warm", "--bundle", "skills.tgz"]);
  await empty(sandbox);
  const whole = actionAt("action.yml");
  const [setup, verify] = [actionAt("actions/setup/action.yml"), actionAt("actions/verify/action.yml")];
  // The root is setup and one step more.
  expect([whole.inputs, whole.runs.steps.slice(0, 2)]).toEqual([setup.inputs, setup.runs.steps]);
  const run = actionRunner(sandbox, verify);
  expect((await actionRunner(sandbox, setup)(setup.runs.steps[1])).exitCode).toBe(0);
  await remote.close();
  const [policy, install, audit, upload] = verify.runs.steps;
  for (const step of [policy, install, audit]) expect((await run(step)).exitCode).toBe(0);
  expect(JSON.parse(readFileSync(join(sandbox.project, "skills.sarif"), "utf8")).version).toBe("2.1.0");
  expect(upload?.uses).toMatch(/^github\/codeql-action\/upload-sarif@/u);
  expect(readFileSync(installed, "utf8")).toBe(skillText("one"));
  await empty(sandbox);
  expect((await run(install)).exitCode).not.toBe(0);
  expect((await run(install, { bundle: "skills.tgz" })).exitCode).toBe(0);
  const manifest = readFileSync(sandbox.manifestPath, "utf8");
  writeFileSync(sandbox.manifestPath, `${manifest}\n[policy.sources]\ndeny = ["**"]\n`);
  expect((await run(policy)).exitCode).toBe(3);
  writeFileSync(sandbox.manifestPath, manifest);
  expect((await run(audit, { deny: "$(touch CANARY)" })).exitCode).toBe(2);
  expect((await run(audit, { baseline: "gone.json" })).exitCode).toBe(2);
  await sandbox.run(["audit", "--baseline", "known.json", "--write-baseline"]);
  expect((await run(audit, { deny: "info", baseline: "known.json" })).exitCode).toBe(0);
  expect(readdirSync(sandbox.project)).not.toContain("CANARY");
});

it("update opens the pull request, with the credentials that a checkout leaves [R-PR-15]", async () => {
  const { sandbox, one, remote, forge, env, inProject } = await proposals(true);
  writeFileSync(join(sandbox.home, ".gitconfig"), "");
  const basic = btoa(`ci:${PASSWORD}`);
  await inProject("config", `http.${remote.url}/.extraheader`, `AUTHORIZATION: Basic ${basic}`);
  await one.commit({ files: { "SKILL.md": skillText("one", "Better.") } });
  const { GITHUB_TOKEN: token = "", ...variables } = env;
  const action = actionAt("actions/update/action.yml");
  const run = actionRunner(sandbox, action, variables);
  const hostile = await run(action.runs.steps[0], { token, groups: "$(touch CANARY) *" });
  expect(hostile.exitCode).toBe(2);
  expect(readdirSync(sandbox.project)).not.toContain("CANARY");
  const done = await run(action.runs.steps[0], { token, groups: "web docs", base: "main" });
  expect(done.exitCode, done.stderr).toBe(0);
  expect(forge.held.map(({ head }) => head)).toEqual(["eden-skills/update-web"]);
  const all = await run(action.runs.steps[0], { token });
  expect(all.exitCode, all.stderr).toBe(0);
  expect(readdirSync(sandbox.project)).toContain("skills-update.sarif");
  expect(action.runs.steps[1]?.uses).toMatch(/^actions\/upload-artifact@/u);
});
