import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { manifestOf } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { createSkillHistory, writeBelow } from "../helpers/skill-history.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** `.skill-lock.json` in a home directory, whose hashes are the ids of trees. */
async function setUp() {
  const sandbox = use.sandbox();
  const history = await createSkillHistory(sandbox);
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/skills.git`;
  const entry = { source: "acme/skills", sourceType: "git", sourceUrl: repo };
  const at = async (name: string) => ({
    ...entry,
    skillPath: `skills/${name}/SKILL.md`,
    skillFolderHash: await history.treeOf(name),
  });
  const skills: Record<string, object> = { one: await at("one"), two: await at("two") };
  const file = join(sandbox.home, ".agents/.skill-lock.json");
  writeBelow(file, { version: 3, skills });
  mkdirSync(join(sandbox.home, ".claude"));
  return {
    sandbox,
    remote,
    history,
    repo,
    entry,
    skills,
    file,
    lockfile: join(sandbox.home, ".eden-skills/skills.lock"),
  };
}

const run = async (sandbox: Sandbox, args: string[], code = 0) => {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  return result.json();
};
const TO = ["import", "--target", "claude-code"];

it("pins the commit with the tree that the tool had, which apply installs [R-IMPORT-16]", async () => {
  const { sandbox, history, lockfile } = await setUp();
  const report = await run(sandbox, TO);
  expect(report).toMatchObject({ imported: ["one", "two"], skipped: [], unpinned: [], edited: [] });
  expect(report.pinned).toEqual(["one", "two"].map((id) => ({ skill_id: id, commit: history.installed })));
  expect(readFileSync(lockfile, "utf8").match(/resolved_commit = "[^"]*"/gu)).toEqual(
    Array(2).fill(`resolved_commit = "${history.installed}"`),
  );
  const applied = await run(sandbox, ["apply", "--frozen"]);
  expect(applied.skills.map(({ status }: any) => status)).toEqual(["installed", "installed"]);
  expect(readFileSync(join(sandbox.home, ".claude/skills/one/SKILL.md"), "utf8")).toBe(history.textOf("one"));
  expect((await run(sandbox, ["outdated"])).skills.map(({ id }: any) => id)).toEqual(["one", "two"]);
});

it("shows with --dry-run what it would pin and which copies are edited, and writes nothing [R-IMPORT-16]", async () => {
  const { sandbox, history, lockfile } = await setUp();
  const mine = join(sandbox.home, ".claude/skills/one");
  writeBelow(join(mine, "SKILL.md"), `${history.textOf("one")}mine\n`);
  writeBelow(join(sandbox.home, ".claude/skills/two/SKILL.md"), history.textOf("two"));
  const before = await readTree(join(sandbox.home, ".claude"));
  const shown = await sandbox.run([...TO, "--dry-run"]);
  expect([shown.code, existsSync(lockfile)]).toEqual([0, false]);
  const at = history.installed.slice(0, 12);
  expect(shown.stdout).toBe(
    `import --dry-run from ~/.agents/.skill-lock.json (lock file of the skills command) in ~/.eden-skills/skills.toml\n+ one\n+ two\none is pinned to ${at}\ntwo is pinned to ${at}\n2 would be imported, 0 skipped\n`,
  );
  expect(shown.stderr).toContain("edited ~/.claude/skills/one: it is not what its pin has\n");
  expect((await run(sandbox, TO)).edited).toEqual([{ skill_id: "one", path: mine }]);
  const applied = await run(sandbox, ["apply"], 3);
  expect(applied.skills.map(({ status }: any) => status)).toEqual(["conflict", "conflict"]);
  const adopted = await run(sandbox, [...TO, "--adopt"], 3);
  expect(adopted.adopted).toEqual([{ skill_id: "two", target_path: join(sandbox.home, ".claude/skills/two") }]);
  expect(adopted.skipped.find(({ code }: any) => code === "TARGET_MODIFIED")).toMatchObject({ id: "one" });
  expect(await readTree(join(sandbox.home, ".claude"))).toEqual(before);
});

it("imports a skill without a pin when no commit has its tree, and says so [R-IMPORT-16]", async () => {
  const { sandbox, skills, file, lockfile, history } = await setUp();
  writeBelow(file, { version: 3, skills: { ...skills, one: { ...skills["one"], skillFolderHash: "1".repeat(40) } } });
  const report = await run(sandbox, TO, 1);
  expect(report).toMatchObject({ imported: ["one", "two"], unpinned: [{ id: "one", code: "REF_NOT_FOUND" }] });
  expect(report.unpinned[0].reason).toContain("a commit with tree 111111111111");
  expect(report.pinned).toEqual([{ skill_id: "two", commit: history.installed }]);
  expect(readFileSync(lockfile, "utf8")).not.toContain('id = "one"');
  expect((await run(sandbox, ["apply"])).skills.map(({ commit }: any) => commit)).toEqual([
    history.newest,
    history.installed,
  ]);
});

it("takes the pinned ref that gh writes into the same file, and skips an id that is none [R-IMPORT-16] [R-IMPORT-06]", async () => {
  const { sandbox, skills, file, history } = await setUp();
  writeBelow(file, {
    version: 3,
    skills: { one: { ...skills["one"], pinnedRef: "v1" }, two: { ...skills["two"], skillFolderHash: "../../x" } },
  });
  const report = await run(sandbox, TO, 3);
  expect(report).toMatchObject({ imported: ["one"], pinned: [{ skill_id: "one", commit: history.installed }] });
  expect(report.skipped).toMatchObject([{ id: "two", code: "INVALID_REF", reason: expect.stringContaining("tree") }]);
  expect((await run(sandbox, ["list"])).skills[0].source.ref).toBe("v1");
});

it("leaves the entries and pins of the user alone, and searches without network what is here [R-IMPORT-16]", async () => {
  const { sandbox, repo, history, remote, lockfile } = await setUp();
  writeBelow(
    join(sandbox.home, ".eden-skills/skills.toml"),
    manifestOf([{ id: "one", repo, subpath: "skills/one", agents: ["claude-code"] }]),
  );
  await run(sandbox, ["apply"]);
  const before = readFileSync(lockfile, "utf8");
  remote.traffic.log.length = 0;
  const report = await run(sandbox, [...TO, "--offline"], 1);
  expect(report).toMatchObject({ imported: ["two"], skipped: [{ id: "one", code: "ALREADY_THERE" }] });
  expect(report.unpinned).toMatchObject([{ id: "two", code: "OFFLINE_MISS" }]);
  expect([remote.traffic.log.length, readFileSync(lockfile, "utf8")]).toEqual([0, before]);
  expect(before).toContain(history.newest);
});

it("asks no host that the policy denies [R-IMPORT-16]", async () => {
  const { sandbox, remote } = await setUp();
  writeFileSync(sandbox.manifestPath, 'version = 1\n[policy.sources]\nallow = ["example.com"]\n');
  const report = await run(sandbox, TO, 1);
  expect(report.unpinned.map(({ code }: any) => code)).toEqual(["POLICY_DENIED", "POLICY_DENIED"]);
  expect(remote.traffic.log.length).toBe(0);
});
