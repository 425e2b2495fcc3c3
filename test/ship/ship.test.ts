import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeEach, expect, it } from "vitest";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const LIBRARY = fileURLToPath(new URL("../../dist/index.js", import.meta.url));
const CALL = `
  const library = await import(${JSON.stringify(LIBRARY)});
  const [, name, tool] = process.argv;
  try { console.log(JSON.stringify(await library[name](JSON.parse(tool)))); }
  catch (error) { console.log(JSON.stringify({ code: error.code })); }
`;
let sandbox: Sandbox;
let skills: string;
let tool: { name: string; version: string; directory: string };

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

beforeEach(() => {
  sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  skills = join(sandbox.root, "package/skills");
  write(join(skills, "deploy/SKILL.md"), skillText("deploy"));
  write(join(skills, "deploy/run.sh"), "#!/bin/sh\n");
  chmodSync(join(skills, "deploy/run.sh"), 0o755);
  write(join(skills, "logs/SKILL.md"), skillText("logs"));
  tool = { name: "acme", version: "1.0.0", directory: skills };
});

/** As a program that embeds the library, without git on its PATH. */
async function call(name: "ensureSkills" | "skillsStatus" | "removeSkills", asked: object = tool) {
  const args = ["--input-type=module", "-e", CALL, name, JSON.stringify(asked)];
  const options = { cwd: sandbox.project, env: { ...sandbox.environment(), PATH: "/nowhere" } };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  const { skills: found, ...rest } = JSON.parse(stdout);
  const statuses = found?.map(({ skill, status }: any) => `${skill} ${status}`);
  return { ...rest, ...(found !== undefined && { statuses, skills: found }) };
}

const installed = (...path: string[]) => join(sandbox.home, ".claude/skills", ...path);

it("installs the skills of a version, replaces those of another, and removes them [R-SHIP-01] [R-SHIP-02] [R-SHIP-04]", async () => {
  expect((await call("skillsStatus")).statuses).toEqual(["deploy missing", "logs missing"]);
  const first = await call("ensureSkills");
  expect(first).toMatchObject({
    name: "acme",
    installed_version: "1.0.0",
    skills: [
      { skill: "deploy", agents: ["claude-code"], path: installed("deploy"), status: "installed", note: null },
      { skill: "logs", status: "installed" },
    ],
  });
  expect(readFileSync(installed("deploy/SKILL.md"), "utf8")).toBe(skillText("deploy"));
  expect(statSync(installed("deploy/run.sh")).mode & 0o100).toBe(0o100);
  const before = await readTree(sandbox.home);
  expect((await call("ensureSkills")).statuses).toEqual(["deploy current", "logs current"]);
  expect(await readTree(sandbox.home)).toEqual(before);

  write(join(skills, "deploy/SKILL.md"), skillText("deploy", "Another way."));
  rmSync(join(skills, "logs"), { recursive: true });
  write(join(skills, "metrics/SKILL.md"), skillText("metrics"));
  tool = { ...tool, version: "1.1.0" };
  expect(await call("skillsStatus")).toMatchObject({
    installed_version: "1.0.0",
    statuses: ["deploy stale", "metrics missing"],
  });
  expect((await call("ensureSkills")).statuses).toEqual(["deploy updated", "metrics installed", "logs removed"]);
  expect(readFileSync(installed("deploy/SKILL.md"), "utf8")).toContain("Another way.");

  expect(await call("removeSkills", { name: "acme" })).toMatchObject({
    installed_version: null,
    statuses: ["deploy removed", "metrics removed"],
  });
  expect([existsSync(installed("deploy")), existsSync(join(sandbox.storage, "tools/acme.json"))]).toEqual([
    false,
    false,
  ]);
});

it("leaves what was edited and what is not its own, each with a note [R-SHIP-03] [R-SHIP-04]", async () => {
  write(installed("logs/SKILL.md"), skillText("logs"));
  expect((await call("ensureSkills")).statuses).toEqual(["deploy installed", "logs foreign"]);
  write(installed("deploy/SKILL.md"), "mine\n");
  write(join(skills, "deploy/SKILL.md"), skillText("deploy", "New."));
  const again = await call("ensureSkills");
  expect(again.statuses).toEqual(["deploy edited", "logs foreign"]);
  expect(again.skills.map(({ note }: any) => note)).toEqual([
    "modified locally",
    "it is there already, and was not installed by this tool",
  ]);
  expect((await call("removeSkills")).statuses).toEqual(["deploy edited"]);
  expect(readFileSync(installed("deploy/SKILL.md"), "utf8")).toBe("mine\n");
  expect(existsSync(installed("logs/SKILL.md"))).toBe(true);
});

it("refuses before anything is changed [R-SHIP-01]", async () => {
  expect(await call("ensureSkills", { ...tool, name: "../acme" })).toEqual({ code: "USAGE" });
  expect(await call("ensureSkills", { ...tool, agents: ["nobody"] })).toEqual({ code: "UNKNOWN_AGENT" });
  expect(await call("ensureSkills", { ...tool, directory: sandbox.project })).toEqual({ code: "SKILL_NOT_FOUND" });
  expect(existsSync(join(sandbox.home, ".claude/skills"))).toBe(false);
});

it("manifests and other tools respect the copies, and the tool respects theirs [R-SHIP-03] [R-SHIP-05]", async () => {
  await call("ensureSkills");
  expect((await call("ensureSkills", { ...tool, name: "other" })).statuses).toEqual(["deploy foreign", "logs foreign"]);
  const record = join(sandbox.storage, "tools/acme.json");
  write(join(sandbox.project, "own/deploy/SKILL.md"), skillText("deploy", "Mine."));
  write(join(sandbox.project, "own/mine/SKILL.md"), skillText("mine"));
  sandbox.writeManifest(manifestOf(["deploy", "mine"].map((id) => ({ id, repo: "./own", subpath: id }))));
  const applied = await sandbox.run(["apply", "--json"]);
  expect([applied.code, applied.stdout.includes(`it is managed by ${record}`)]).toEqual([3, true]);
  expect((await sandbox.run(["doctor"])).stdout).toContain("is managed by ~/.eden-skills/skills/tools/acme.json");
  const why = (await sandbox.run(["why", installed("deploy"), "--json"])).json();
  expect(JSON.stringify(why)).toContain(`"owner":"other","skill":null,"manifest":"${record}"`);
  const source = { source: "./own", sourceType: "local", skillPath: "deploy/SKILL.md" };
  write(join(sandbox.project, "skills-lock.json"), JSON.stringify({ version: 1, skills: { deploy: source } }));
  const adopted = (await sandbox.run(["import", "--adopt", "--json"])).json();
  expect(adopted.skipped).toContainEqual({
    id: "deploy",
    code: "TARGET_CONFLICT",
    reason: `not adopted: ${installed("deploy")} is managed by ${record}`,
  });
  write(join(skills, "mine/SKILL.md"), skillText("mine", "Of the tool."));
  expect((await call("ensureSkills")).statuses).toEqual(["deploy current", "logs current", "mine foreign"]);
  expect((await sandbox.run(["clean", "--json"])).code).toBe(0);

  write(installed("logs/SKILL.md"), "edited\n");
  const { skills: found } = (await sandbox.run(["inventory", sandbox.home, "--json"])).json();
  expect(found.map(({ name, status, owner }: any) => [name, status, owner])).toEqual([
    ["deploy", "managed", "acme 1.0.0"],
    ["logs", "edited", "acme 1.0.0"],
    ["mine", "unknown", null],
  ]);
});
