import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { inventorySchema } from "../../src/cli/views/inventory-schema.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
let sandbox: Sandbox;
let repository: Repository;
let repo: string;
let commit: string;

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Two projects, one below a home of another user, with skills in four states. */
beforeEach(async () => {
  sandbox = use.sandbox();
  const names = ["one", "two", "three"];
  const files = Object.fromEntries(names.map((name) => [`skills/${name}/SKILL.md`, skillText(name)]));
  repository = await createRepository(join(sandbox.root, "served/skills.git"), { files });
  commit = await repository.revParse("HEAD");
  repo = `${(await use.remote(sandbox)).url}/skills.git`;
  const skill = (id: string) => ({ id, repo, subpath: `skills/${id}`, mode: "copy" as const });
  sandbox.writeManifest(manifestOf(["one", "two"].map(skill), 'scope = "project"'), "a/skills.toml");
  sandbox.writeManifest(manifestOf([skill("three")], 'scope = "project"'), "deep/b/skills.toml");
  for (const project of ["a", "deep/b"]) {
    const applied = await sandbox.run(["apply", "--json"], { cwd: join(sandbox.project, project) });
    expect(applied.code, applied.stderr).toBe(0);
  }
  write(join(sandbox.project, "a/.claude/skills/two/SKILL.md"), `${skillText("two")}edited\n`);
  write(join(sandbox.project, "a/.claude/skills/=own/SKILL.md"), skillText("own"));
  write(join(sandbox.project, "a/node_modules/x/.claude/skills/no/SKILL.md"), skillText("no"));
  symlinkSync(sandbox.root, join(sandbox.project, "a/up"));
});

const inventory = async (...args: string[]) => await sandbox.run(["inventory", ...args]);

it("lists the skills of projects with source, commit, hash and status, and changes nothing [R-INVENTORY-01] [R-INVENTORY-02] [R-INVENTORY-03]", async () => {
  const before = await readTree(sandbox.project);
  const { code, stdout, stderr } = await inventory("--json");
  expect([code, stderr]).toEqual([0, ""]);
  expect(await readTree(sandbox.project)).toEqual(before);
  const document = JSON.parse(stdout);
  expect(inventorySchema.parse(document)).toEqual(document);
  const { skills, roots, count, failures } = document;
  expect([roots, count, failures]).toEqual([[sandbox.project], 4, []]);
  const a = join(sandbox.project, "a/.claude/skills");
  const from = (id: string) => ({ name: id, repository: repo, subpath: `skills/${id}`, ref: null, commit });
  expect(skills).toMatchObject([
    {
      path: join(a, "=own"),
      agents: expect.arrayContaining(["claude-code"]),
      status: "unknown",
      repository: null,
      owner: null,
    },
    { path: join(a, "one"), ...from("one"), status: "managed", owner: join(sandbox.project, "a/skills.toml") },
    { path: join(a, "two"), ...from("two"), status: "edited" },
    { path: join(sandbox.project, "deep/b/.claude/skills/three"), ...from("three"), status: "managed" },
  ]);
  for (const { integrity } of skills) expect(integrity).toMatch(/^sha256-.{44}$/u);
  expect(readFileSync(join(sandbox.project, "a/skills.lock"), "utf8")).toContain(skills[1].integrity);
  const text = await inventory("a");
  expect(text.stdout.split("\n")[0]).toMatch(/^SKILL +STATUS +AGENTS +SOURCE +COMMIT +PATH$/u);
  expect(text.stdout).toMatch(new RegExp(`^one +managed .*${commit.slice(0, 7)}`, "mu"));
  expect(JSON.parse((await inventory("--depth", "0", "--json")).stdout).count).toBe(0);
});

it("finds directories of agents that are below none with a dot [R-INVENTORY-01]", async () => {
  for (const directory of ["data/skills", "agent/skills", "skills", "agent/other"])
    write(join(sandbox.project, "c", directory, "bot/SKILL.md"), skillText("bot"));
  const { skills } = JSON.parse((await inventory("c", "--json")).stdout);
  expect(skills.map(({ path, agents }: any) => [path, agents])).toEqual([
    [join(sandbox.project, "c/agent/skills/bot"), ["eve"]],
    [join(sandbox.project, "c/data/skills/bot"), ["astrbot"]],
  ]);
});

it("outdated against the lock, and with --online against the ref [R-INVENTORY-02]", async () => {
  await repository.commit({ files: { "skills/one/SKILL.md": `${skillText("one")}new\n` } });
  const statuses = async (...args: string[]) =>
    JSON.parse((await inventory("a", ...args, "--json")).stdout).skills.map(({ status }: any) => status);
  expect(await statuses()).toEqual(["unknown", "managed", "edited"]);
  expect(await statuses("--online")).toEqual(["unknown", "outdated", "edited"]);
});

it("a root that fails does not hide the others [R-INVENTORY-03]", async () => {
  sandbox.writeManifest("version = 1\n[[skills]]\nid = 7\n", "broken/skills.toml");
  const { code, stdout, stderr } = await inventory("absent", "broken", "deep", "--json");
  expect([code, stderr.split("\n").length]).toEqual([1, 3]);
  const { skills, failures } = JSON.parse(stdout);
  expect(skills.map(({ name }: any) => name)).toEqual(["three"]);
  expect(failures).toMatchObject([
    { path: join(sandbox.project, "absent"), code: "NOT_A_DIRECTORY" },
    { path: join(sandbox.project, "broken/skills.toml"), code: expect.any(String) },
  ]);
});

it("as CSV without formulas, and as a page [R-INVENTORY-04]", async () => {
  const csv = (await inventory("--csv")).stdout.split("\r\n");
  expect(csv).toHaveLength(6);
  expect(csv[0]).toBe("path,agents,name,repository,subpath,ref,commit,integrity,status,owner");
  expect(csv[1]).toContain(",'=own,,,,,sha256-");
  const page = join(sandbox.project, "skills.html");
  write(join(sandbox.project, "a/.claude/skills/<b>/SKILL.md"), skillText("b"));
  expect((await inventory("--html", page)).stdout).toBe(`wrote ${page}\n`);
  const text = readFileSync(page, "utf8");
  expect([text.includes('<th scope="row">&lt;b&gt;</th>'), text.includes("<b>")]).toEqual([true, false]);
  expect(text).toContain('id="skill-table"');
});
