import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Sandbox } from "../helpers/sandbox.js";
import { createSkillHistory, writeBelow } from "../helpers/skill-history.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const run = async (sandbox: Sandbox, args: string[], code = 0) => {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  return result.json();
};

/** `~/.config/skillshare` with a skill of a directory of a repository, and one repository that is tracked. */
async function setUp() {
  const sandbox = use.sandbox();
  const history = await createSkillHistory(sandbox);
  const tracked = await createSkillHistory(sandbox, "tracked");
  const remote = await use.remote(sandbox);
  const root = join(sandbox.home, ".config/skillshare");
  const repo = (name: string) => `${remote.url}/${name}.git`;
  const one = {
    source: "github.com/acme/skills/skills/one",
    type: "github",
    group: "team",
    installed_at: "2026-05-10T20:14:00Z",
    repo_url: repo("skills"),
    subdir: "skills/one",
    version: history.installed.slice(0, 7),
    tree_hash: await history.treeOf("one"),
    file_hashes: { "SKILL.md": `sha256:${"0".repeat(64)}` },
  };
  writeBelow(
    join(root, "config.yaml"),
    "source: ~/.config/skillshare/skills\nmode: merge\ntargets:\n  claude:\n    skills: {mode: merge}\n  codex: {}\n",
  );
  return { sandbox, history, tracked, root, repo, one };
}

it("takes what is installed over at its commits, for the targets of config.yaml [R-IMPORT-19] [R-IMPORT-16]", async () => {
  const { sandbox, history, tracked, root, repo, one } = await setUp();
  const entries = {
    "team/one": one,
    _tracked: {
      source: "https://example.com/tracked",
      tracked: true,
      repo_url: repo("tracked"),
      version: tracked.installed.slice(0, 7),
    },
    helper: { source: "github.com/acme/agents/helper.md", kind: "agent" },
    lost: { type: "local" },
  };
  writeBelow(join(root, "skills/.metadata.json"), { version: 1, entries });
  writeBelow(join(root, "skills/team/one/SKILL.md"), history.textOf("one"));
  writeBelow(join(sandbox.home, ".claude/skills/.keep"), "");
  symlinkSync("../../.config/skillshare/skills/team/one", join(sandbox.home, ".claude/skills/one"));
  const report = await run(sandbox, ["import", "~/.config/skillshare/config.yaml"], 3);
  expect(report).toMatchObject({ format: "skillshare", imported: ["one", "two"], unpinned: [] });
  expect(report.pinned).toEqual([
    { skill_id: "one", commit: history.installed },
    { skill_id: "two", commit: tracked.installed },
  ]);
  expect(report.skipped.map(({ id, code }: any) => [id, code])).toEqual([
    ["helper", "SETTINGS_LEFT"],
    ["lost", "MISSING_FIELD"],
    ["one", "DUPLICATE_SKILL_ID"],
  ]);
  // The fixture has no run.sh, so its copy is not what the pin has.
  expect(report.edited).toEqual([{ skill_id: "one", path: join(sandbox.home, ".claude/skills/one") }]);
  const { skills } = await run(sandbox, ["list"]);
  expect(skills.map(({ targets }: any) => targets.map(({ agent }: any) => agent))).toEqual(
    ["one", "two"].map(() => ["claude-code", "codex"]),
  );
});

it("takes the skills of a project's config.yaml, and its store alone [R-IMPORT-19]", async () => {
  const { sandbox, history, repo, one } = await setUp();
  const project = join(sandbox.project, ".skillshare");
  writeBelow(
    join(project, "config.yaml"),
    `targets: [claude, {name: cursor, skills: {mode: copy}}]\nskills:\n  - name: one\n    source: ${repo("skills")}//skills/one\n    branch: main\n  - {name: two, source: "${repo("skills")}"}\n`,
  );
  const listed = await run(sandbox, ["import", ".skillshare/config.yaml", "--project"]);
  expect([listed.imported, listed.pinned]).toEqual([["one", "two"], undefined]);
  expect((await run(sandbox, ["list"])).skills.map(({ source }: any) => [source.ref, source.subpath])).toEqual([
    ["main", "skills/one"],
    [null, "skills/two"],
  ]);
  writeBelow(join(project, "skills/.metadata.json"), { version: 1, entries: { one } });
  const other = ["import", ".skillshare/skills/.metadata.json", "--target", "codex", "--config", "other.toml"];
  expect(await run(sandbox, other)).toMatchObject({ pinned: [{ skill_id: "one", commit: history.installed }] });
});

it("names file and field of what is wrong [R-IMPORT-19] [R-IMPORT-06]", async () => {
  const { sandbox, root } = await setUp();
  const failure = async (content: object | string) => {
    writeBelow(join(root, "skills/.metadata.json"), content);
    return (await run(sandbox, ["import", "~/.config/skillshare/config.yaml"], 2)).error;
  };
  expect((await failure({ version: 2, entries: {} })).message).toContain("skills/.metadata.json: version");
  expect((await failure({ version: 1, entries: { a: { source: 1 } } })).message).toMatch(/entries\.a\.source/u);
  expect((await failure("{")).message).toContain("skills/.metadata.json");
});
