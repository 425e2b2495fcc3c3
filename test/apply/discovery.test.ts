import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Files } from "../helpers/fast-import.js";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

interface Listing {
  /** Paths of skills. */
  found: string[];
  /** Reasons by path. */
  left: Record<string, string>;
  warnings: Record<string, string[]>;
}

function machine(): Sandbox {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  return sandbox;
}

/** A skill of that name in each of these directories. */
function skillsIn(...paths: string[]): Files {
  return Object.fromEntries(
    paths.map((path) => [path === "." ? "SKILL.md" : `${path}/SKILL.md`, skillText(path.split("/").at(-1) ?? "")]),
  );
}

async function repositoryOf(sandbox: Sandbox, files: Files): Promise<string> {
  return (await createRepository(join(sandbox.root, "served/acme/skills.git"), { files })).dir;
}

/** The same files as a plain directory. */
function directoryOf(sandbox: Sandbox, files: Files): string {
  const root = join(sandbox.root, "local/skills");
  for (const [path, file] of Object.entries(files)) {
    const absolute = join(root, path);
    mkdirSync(dirname(absolute), { recursive: true });
    if (typeof file === "string" || Buffer.isBuffer(file)) writeFileSync(absolute, file);
    else if (file.symlink !== undefined) symlinkSync(file.symlink, absolute);
    else if (file.gitlink !== undefined) mkdirSync(absolute);
  }
  return root;
}

async function list(sandbox: Sandbox, source: string): Promise<Listing> {
  const result = await sandbox.run(["install", source, "--list", "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(0);
  const { skills, skipped } = result.json();
  return {
    found: skills.map(({ path }: { path: string }) => path),
    left: Object.fromEntries(skipped.map(({ path, reason }: { path: string; reason: string }) => [path, reason])),
    warnings: Object.fromEntries(
      skills.map(({ path, warnings }: { path: string; warnings: string[] }) => [path, warnings]),
    ),
  };
}

/** What a repository with these files has, and that a directory with them has the same. */
async function listBoth(files: Files): Promise<Listing> {
  const sandbox = machine();
  const listing = await list(sandbox, await repositoryOf(sandbox, files));
  expect(await list(sandbox, directoryOf(sandbox, files))).toEqual(listing);
  return listing;
}

describe("every directory with a SKILL.md is found, or said to be left out", () => {
  it("whatever it is called, at any depth [R-SOURCE-02]", async () => {
    const deep = "a/b/c/d/e/f/g/h/i/j/k/l/deep";
    const paths = ["skills/build", "skills/dist", "skills/vendor", "target/out/x", ".github/y", ".hidden/z", deep];
    const { found, left } = await listBoth({
      ...skillsIn(...paths),
      "skills/__pycache__/SKILL.md": skillText("cache"),
    });
    expect(found.toSorted()).toEqual([...paths, "skills/__pycache__"].toSorted());
    expect(left).toEqual({});
  });

  it("beside one at the root [R-SOURCE-02]", async () => {
    const { found, left } = await listBoth(skillsIn(".", "glab-a", "glab-b", "skills/c"));
    expect([found, left]).toEqual([[".", "skills/c", "glab-a", "glab-b"], {}]);
  });

  it("in another case of letters, with a warning [R-SOURCE-02]", async () => {
    const { found, warnings } = await listBoth({
      "a/skill.md": skillText("a"),
      "b/Skill.MD": skillText("b"),
      "c/SKILL.md": skillText("c"),
    });
    expect(found).toEqual(["a", "b", "c"]);
    expect(warnings["a"]?.[0]).toContain("its file is called skill.md");
    expect(warnings["b"]?.[0]).toContain("its file is called Skill.MD");
    expect(warnings["c"]).toEqual([]);
  });

  it("but what lies in node_modules is left out, unless it is asked for [R-SOURCE-02]", async () => {
    const { found, left } = await listBoth(skillsIn("skills/a", "node_modules/pkg/skills/b", "x/node_modules/c"));
    expect(found).toEqual(["skills/a"]);
    expect(Object.keys(left)).toEqual(["node_modules/pkg/skills/b", "x/node_modules/c"]);
    const sandbox = machine();
    const source = directoryOf(sandbox, skillsIn("skills/a", "node_modules/pkg/skills/b"));
    expect((await list(sandbox, join(source, "node_modules/pkg"))).found).toEqual(["skills/b"]);
  });

  it("but what lies in another skill is a part of it, unless it is named [R-SOURCE-17]", async () => {
    const files = {
      ...skillsIn("skills/outer", "skills/outer/examples/inner", "group/a", "plugins/p/skills/x", "q", "q/skills/y"),
      "q/.codex-plugin/plugin.json": "{}",
      // A directory of skills may describe itself; and what is no skill has no parts.
      "skills/SKILL.md": skillText("all"),
      "group/SKILL.md": "# No skill, only a page.\n",
      "plugins/p/SKILL.md": skillText("p"),
      ".claude-plugin/marketplace.json": JSON.stringify({ plugins: [{ name: "p", source: "./plugins/p" }] }),
    };
    const { found, left } = await listBoth(files);
    expect(found).toEqual(["skills", "skills/outer", "plugins/p/skills/x", "group/a", "plugins/p", "q", "q/skills/y"]);
    expect(left).toEqual({
      "skills/outer/examples/inner": expect.stringContaining("--skill skills/outer/examples/inner"),
      group: "SKILL.md has no front matter between two lines of ---",
    });
    const sandbox = machine();
    const source = await repositoryOf(sandbox, files);
    const named = await sandbox.run(["install", source, "--skill", "skills/outer/examples/inner", "--json"]);
    expect(named.json()).toMatchObject({ exit_code: 0, installed: ["inner"] });
  });

  it("but one that its author keeps internal is left out, unless it is named [R-SOURCE-13]", async () => {
    const internal = "---\nname: own\ndescription: Ours.\nmetadata:\n  internal: true\n---\n";
    const files = { ...skillsIn("skills/a"), "skills/own/SKILL.md": internal };
    const { found, left } = await listBoth(files);
    expect([found, left]).toEqual([["skills/a"], { "skills/own": expect.stringContaining("--skill own") }]);
    const sandbox = machine();
    const source = await repositoryOf(sandbox, files);
    const all = await sandbox.run(["install", source, "--all", "--json"]);
    expect(all.json()).toMatchObject({
      exit_code: 0,
      installed: ["a"],
      skipped: [{ path: "skills/own", reason: expect.stringContaining("internal") }],
    });
    expect((await sandbox.run(["install", source, "--skill", "own", "--json"])).json()).toMatchObject({
      exit_code: 0,
      installed: ["own"],
    });
    expect(readdirSync(join(sandbox.home, ".claude/skills"))).toEqual(["a", "own"]);
  });
});

describe("what leads to skills", () => {
  it("by links is found once, where it really is [R-SOURCE-14]", async () => {
    const { found, left } = await listBoth({
      ...skillsIn("skills/a", "lib/real"),
      "skills/linked": { symlink: "../lib/real" },
      "skills/twice": { symlink: "linked" },
      "skills/round": { symlink: "." },
      "skills/me": { symlink: "you" },
      "skills/you": { symlink: "me" },
      ".agents/skills": { symlink: "../skills" },
      ".claude/skills/a": { symlink: "../../.agents/skills/a" },
      "docs/latest": { symlink: "../README.md" },
      "README.md": "# Skills\n",
    });
    expect(found).toEqual(["skills/a", "lib/real"]);
    expect(left).toEqual({
      "skills/linked": "a link to lib/real",
      "skills/twice": "a link to lib/real",
      "skills/round": "a link to skills",
      "skills/me": expect.stringContaining("a link that leads out of the source, or nowhere: you"),
      "skills/you": expect.stringContaining("nowhere: me"),
      ".agents/skills": "a link to skills",
      ".claude/skills/a": "a link to skills/a",
    });
  });

  it("by links out of the source is left out, with where they lead [R-SOURCE-14]", async () => {
    const { found, left } = await listBoth({
      ...skillsIn("skills/a"),
      "skills/out": { symlink: "../../elsewhere" },
      "skills/absolute": { symlink: "/opt/no/such/skill" },
      "skills/a/reference.md": { symlink: "../../../notes.md" },
    });
    expect(found).toEqual(["skills/a"]);
    expect(Object.keys(left).toSorted()).toEqual(["skills/absolute", "skills/out"]);
    expect(left["skills/absolute"]).toContain("/opt/no/such/skill");
  });

  it("by a link to its SKILL.md is found when that stays in it [R-SOURCE-14]", async () => {
    const sandbox = machine();
    const source = await repositoryOf(sandbox, {
      "skills/a/docs/main.md": skillText("a"),
      "skills/a/SKILL.md": { symlink: "docs/main.md" },
      "skills/b/SKILL.md": { symlink: "../../shared.md" },
      "shared.md": skillText("b"),
    });
    const { found, left } = await list(sandbox, source);
    expect([found, left]).toEqual([["skills/a"], { "skills/b": "its SKILL.md is a link that leaves the skill" }]);
    const report = (await sandbox.run(["install", source, "--skill", "a", "--json"])).json();
    expect(report).toMatchObject({ exit_code: 0, installed: ["a"] });
    expect(report.skills[0].diagnostics).toEqual([]);
  });

  it("is followed from the directory that was asked for, be it a link itself [R-SOURCE-14]", async () => {
    const sandbox = machine();
    await repositoryOf(sandbox, {
      ...skillsIn("skills/a", "shared/tools/b", "other/c"),
      "pack/skills/b": { symlink: "../../shared/tools/b" },
      "by-name": { symlink: "skills" },
    });
    const remote = await use.remote(sandbox);
    const at = async (subpath: string) => {
      const page = `${remote.url}/acme/skills.git/-/tree/main/${subpath}`;
      const done = await sandbox.run(["install", page, "--list", "--json"]);
      return done.json().skills?.map(({ path }: { path: string }) => path) ?? done.stdout;
    };
    expect(await at("pack")).toEqual(["shared/tools/b"]);
    expect(await at("by-name/a")).toEqual(["skills/a"]);
  });

  it("does not leave a plugin whose specification says so [R-SOURCE-15]", async () => {
    const sandbox = machine();
    await repositoryOf(sandbox, {
      ...skillsIn("pack/skills/a", "shared/b"),
      "pack/skills/b": { symlink: "../../shared/b" },
      "pack/plugin.json": JSON.stringify({
        $schema: "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json",
        name: "pack",
      }),
    });
    const remote = await use.remote(sandbox);
    const page = `${remote.url}/acme/skills.git/-/tree/main/pack`;
    const done = await sandbox.run(["install", page, "--list", "--json"]);
    expect(done.json()).toMatchObject({
      skills: [{ path: "pack/skills/a" }],
      skipped: [{ path: "pack/skills/b", reason: expect.stringContaining("shared/b") }],
    });
  });

  it("in submodules is left out, with the address to install them from [R-SOURCE-14] [R-THREAT-12]", async () => {
    const { found, left } = await listBoth({
      ...skillsIn("skills/a"),
      "skills/sub": { gitlink: "1".repeat(40) },
      ".gitmodules": '[submodule "s"]\n\tpath = skills/sub\n\turl = https://user:secret-token@example.com/sub.git\n',
    });
    expect([found, left]).toEqual([
      ["skills/a"],
      { "skills/sub": "a submodule: install it from https://***@example.com/sub.git" },
    ]);
    const sandbox = machine();
    const unknown = await repositoryOf(sandbox, { ...skillsIn("a"), eval: { gitlink: "1".repeat(40) } });
    expect((await list(sandbox, unknown)).left).toEqual({ eval: "a submodule: another repository" });
  });

  it("in other sources, as the manifests of plugins say, is left out with their addresses [R-SOURCE-15]", async () => {
    const plugins = [
      { name: "here", source: "./plugins/here" },
      { name: "far", source: { source: "github", repo: "acme/far", ref: "v1" } },
    ];
    const { found, left } = await listBoth({
      ...skillsIn("plugins/here/skills/a", "plugins/other/skills/b"),
      ".agents/plugins/marketplace.json": JSON.stringify({
        plugins: [
          ...plugins,
          { name: "sub", source: { source: "git-subdir", url: "https://git.example.com/x.git", path: "p" } },
        ],
      }),
      ".claude-plugin/marketplace.json": JSON.stringify({ plugins }),
    });
    expect(found).toEqual(["plugins/here/skills/a", "plugins/other/skills/b"]);
    expect(left).toEqual({
      far: expect.stringMatching(/install it from acme\/far#v1$/u),
      sub: expect.stringContaining("https://git.example.com/x.git"),
    });
  });
});

it("what is left out is said in text, too, a long list only in part [R-SOURCE-18]", async () => {
  const sandbox = machine();
  const packages = Array.from({ length: 30 }, (_, index) => `node_modules/p${index}`);
  const source = await repositoryOf(sandbox, skillsIn("a", ...packages));
  const listed = await sandbox.run(["install", source, "--list"]);
  expect(listed.stdout).toContain("skills: 1; left out: 30\n");
  expect(listed.stderr.match(/ is left out: /gu)).toHaveLength(30);
  const installed = await sandbox.run(["install", source, "--all"]);
  expect(installed.code, installed.stderr).toBe(0);
  expect(installed.stderr.match(/ is left out: /gu)).toHaveLength(20);
  expect(installed.stderr).toContain("10 more are left out");
  const named = await sandbox.run(["install", source, "--skill", "a"]);
  expect(named.stderr).not.toContain("left out");
});
