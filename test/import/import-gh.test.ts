import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Sandbox } from "../helpers/sandbox.js";
import { createSkillHistory, writeBelow } from "../helpers/skill-history.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** `~/.claude/skills` as `gh skill install` leaves it: keys sorted, its own in `metadata`, no empty line after the front matter. */
async function setUp() {
  const sandbox = use.sandbox();
  const history = await createSkillHistory(sandbox);
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/skills.git`;
  const skills = join(sandbox.home, ".claude/skills");
  const install = async (name: string, more: Record<string, string>, text = "Do it well.\nfirst\n") => {
    const metadata = {
      "github-path": `skills/${name}`,
      "github-ref": "refs/heads/main",
      "github-repo": repo,
      "github-tree-sha": await history.treeOf(name),
      ...more,
    };
    const lines = Object.entries(metadata).map(([key, value]) => `    ${key}: ${value}\n`);
    writeBelow(
      join(skills, name, "SKILL.md"),
      `---\ndescription: What ${name} is for.\nmetadata:\n${lines.join("")}name: ${name}\n---\n${text}`,
    );
  };
  return { sandbox, history, repo, remote, skills, install };
}

const run = async (sandbox: Sandbox, args: string[], code = 0) => {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  return result.json();
};
const IMPORT = ["import", "~/.claude/skills", "--target", "claude-code"];

it("takes the skills of a directory over, at the commits of their trees, and adopts what gh has installed [R-IMPORT-18]", async () => {
  const { sandbox, history, repo, skills, install } = await setUp();
  await install("one", { "github-ref": "refs/tags/v1", "github-pinned": "v1" });
  writeBelow(join(skills, "one/run.sh"), "echo one\n");
  chmodSync(join(skills, "one/run.sh"), 0o755);
  await install("two", {}, "Do it well.\nfirst\nmine\n");
  writeBelow(join(skills, "own/SKILL.md"), "---\nname: own\ndescription: Own.\n---\n");
  const report = await run(sandbox, IMPORT);
  expect(report).toMatchObject({ format: "skills of gh", file: skills, imported: ["one", "two"], skipped: [] });
  expect(report.pinned).toEqual(["one", "two"].map((id) => ({ skill_id: id, commit: history.installed })));
  expect(report.edited).toEqual([{ skill_id: "two", path: join(skills, "two") }]);
  const listed = (await run(sandbox, ["list"])).skills.map(({ source }: any) => [
    source.repo,
    source.ref,
    source.subpath,
  ]);
  expect(listed).toEqual([
    [repo, "v1", "skills/one"],
    [repo, "main", "skills/two"],
  ]);
  const adopted = await run(sandbox, [...IMPORT, "--adopt"], 3);
  expect(adopted.adopted).toEqual([{ skill_id: "one", target_path: join(skills, "one") }]);
  const edited = readFileSync(join(skills, "two/SKILL.md"), "utf8");
  const applied = await run(sandbox, ["apply"], 3);
  expect(applied.skills.map(({ id, status }: any) => [id, status])).toEqual([
    ["one", "installed"],
    ["two", "conflict"],
  ]);
  expect(readFileSync(join(skills, "one/SKILL.md"), "utf8")).toBe(history.textOf("one"));
  expect(readFileSync(join(skills, "two/SKILL.md"), "utf8")).toBe(edited);
});

it("adopts nothing that differs in more than what gh writes [R-IMPORT-18] [R-IMPORT-09]", async () => {
  const { sandbox, skills, install } = await setUp();
  const adoptedAfter = async (change: () => Promise<void> | void) => {
    await install("two", {});
    await change();
    return (await run(sandbox, [...IMPORT, "--adopt"], 3)).adopted;
  };
  const file = join(skills, "two/SKILL.md");
  const replaced = (from: string, to: string) => () =>
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
  expect(await adoptedAfter(replaced("What two", "What else"))).toEqual([]);
  expect(await adoptedAfter(replaced("metadata:\n", "metadata:\n    author: me\n"))).toEqual([]);
  expect(await adoptedAfter(() => chmodSync(file, 0o755))).toEqual([]);
  chmodSync(file, 0o644);
  expect(await adoptedAfter(() => writeFileSync(join(skills, "two/notes.md"), "mine"))).toEqual([]);
});

it("skips what is no skill of a repository, follows no link, and names the directory that has none [R-IMPORT-18] [R-IMPORT-06]", async () => {
  const { sandbox, skills, install } = await setUp();
  await install("one", { "github-path": "../../etc" });
  await install("two", { "github-repo": "ext::sh -c touch% x" });
  writeBelow(join(skills, "near/SKILL.md"), "---\nname: near\nmetadata:\n  local-path: /etc\n---\n");
  writeBelow(join(sandbox.home, "out/SKILL.md"), readFileSync(join(skills, "one/SKILL.md"), "utf8"));
  symlinkSync("../../out", join(skills, "linked"));
  mkdirSync(join(skills, "file"));
  symlinkSync("../../../out/SKILL.md", join(skills, "file/SKILL.md"));
  const report = await run(sandbox, IMPORT, 3);
  expect([report.imported, report.skipped.map(({ id, code }: any) => `${id} ${code}`).toSorted()]).toEqual([
    [],
    ["near INVALID_REPO_URL", "one INVALID_SUBPATH", "two INVALID_REPO_URL"],
  ]);
  const { error } = await run(sandbox, ["import", "~/out"], 2);
  expect([error.code, error.message]).toEqual(["IMPORT_INVALID", expect.stringContaining("home/out")]);
  expect(existsSync(join(sandbox.home, ".eden-skills/skills.toml"))).toBe(false);
});
