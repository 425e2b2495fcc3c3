import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const PROJECT = 'scope = "project"';
const custom = (path: string) => `targets = [{ agent = "custom", path = ${JSON.stringify(path)} }]`;

function author(directory: string, name = "foo"): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "SKILL.md"), skillText(name));
  writeFileSync(join(directory, "notes.md"), "the author's own");
}

/** The project of an author whose agent reads the very directory in which he writes his skills. */
function linkedAgent(): Sandbox {
  const sandbox = use.sandbox();
  author(join(sandbox.project, "skills/foo"));
  mkdirSync(join(sandbox.project, ".claude"));
  symlinkSync("../skills", join(sandbox.project, ".claude/skills"));
  return sandbox;
}

/** Runs it, and expects a refusal that leaves everything as it was. */
async function refused(sandbox: Sandbox, args: readonly string[], watched = sandbox.project): Promise<void> {
  const before = await readTree(watched);
  const { code, json } = await sandbox.run([...args, "--json"]);
  expect([args.join(" "), code, json<any>().error?.code]).toEqual([args.join(" "), 2, "TARGET_IS_SOURCE"]);
  expect(await readTree(watched)).toEqual(before);
  expect(existsSync(join(sandbox.storage, "state"))).toBe(false);
}

const COMMANDS = [
  ["apply"],
  ["apply", "--force"],
  ["apply", "foo", "--offline"],
  ["plan"],
  ["update"],
  ["update", "--dry-run"],
  ["repair", "--force"],
];

describe("a target that is its own source [R-INSTALL-15]", () => {
  for (const mode of ["symlink", "copy"] as const) {
    it(`is refused by every command before anything is written, behind a linked agent directory (${mode})`, async () => {
      const sandbox = linkedAgent();
      sandbox.writeManifest(manifestOf([{ id: "foo", repo: "./skills/foo", mode }], PROJECT));
      for (const args of mode === "copy" ? COMMANDS : COMMANDS.slice(0, 2)) await refused(sandbox, args);
    });
  }

  it("is taken out by remove, which leaves the files and says so, exit 0", async () => {
    const sandbox = linkedAgent();
    sandbox.writeManifest(manifestOf([{ id: "foo", repo: "./skills/foo", mode: "copy" }], PROJECT));
    await refused(sandbox, ["apply"]);
    const before = await readTree(join(sandbox.project, "skills"));
    const result = await sandbox.run(["remove", "foo", "--json"]);
    expect(result.code).toBe(0);
    expect(result.json().removed).toEqual(["foo"]);
    const [note] = result.json().skills[0].diagnostics;
    expect(note).toMatchObject({ severity: "info", code: "TARGET_IS_SOURCE" });
    expect(note.message).toContain("is left alone");
    expect(readFileSync(sandbox.manifestPath, "utf8")).not.toContain("foo");
    expect(await readTree(join(sandbox.project, "skills"))).toEqual(before);
  });

  it("is left by remove and by prune although state and lockfile of an earlier version call it ours", async () => {
    const sandbox = use.sandbox();
    author(join(sandbox.project, "skills/foo"));
    const skill: SkillSpec = { id: "foo", repo: "./skills/foo", mode: "copy" };
    sandbox.writeManifest(manifestOf([skill], PROJECT));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const name = join(sandbox.storage, "state");
    const [file = ""] = (await readTree(name)).map(({ path }) => path).filter((path) => path.endsWith(".json"));
    const state = readFileSync(join(name, file), "utf8");
    const place = join(sandbox.project, ".claude/skills/foo");
    writeFileSync(join(name, file), state.replaceAll(place, join(sandbox.project, "skills/foo")));
    writeFileSync(
      sandbox.lockfilePath,
      readFileSync(sandbox.lockfilePath, "utf8").replace(".claude/skills/foo", "skills/foo"),
    );
    sandbox.writeManifest(manifestOf([], PROJECT));
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code).toBe(0);
    expect(result.json().skills[0].diagnostics[0].message).toContain("is left alone");
    expect(readFileSync(join(sandbox.project, "skills/foo/notes.md"), "utf8")).toBe("the author's own");
  });

  it("is refused by install, with its manifest not written, and by add and set", async () => {
    const sandbox = linkedAgent();
    sandbox.writeManifest(`version = 1\n${PROJECT}\n`);
    const target = ["--target", "claude-code"];
    await refused(sandbox, ["install", "./skills/foo", ...target]);
    await refused(sandbox, ["install", "./skills", "--all", "--copy", "--force", ...target]);
    await refused(sandbox, ["install", "./skills/foo", "--dry-run", ...target]);
    await refused(sandbox, ["add", "--id", "foo", "--repo", "./skills/foo", ...target]);
    expect((await sandbox.run(["add", "--id", "foo", "--repo", "./skills/foo", "--target", "codex"])).code).toBe(0);
    await refused(sandbox, ["set", "foo", ...target]);
  });

  for (const [what, args] of [
    ["link", []],
    ["copy", ["--copy"]],
  ] as const) {
    it(`is refused by import --adopt, which writes no manifest (${what})`, async () => {
      const sandbox = linkedAgent();
      const lock = { version: 1, skills: { foo: { source: "./skills/foo", sourceType: "local" } } };
      writeFileSync(join(sandbox.project, "skills-lock.json"), JSON.stringify(lock));
      await refused(sandbox, ["import", "--adopt", "--project", "--target", "claude-code", ...args]);
      await refused(sandbox, ["import", "--adopt", "--dry-run", "--project", "--target", "claude-code", ...args]);
      const plain = await sandbox.run(["import", "--project", "--target", "claude-code", "--json", ...args]);
      expect([plain.code, plain.json().skipped[0].code]).toEqual([3, "TARGET_IS_SOURCE"]);
    });
  }

  it("is refused by rollback to a state from before the agent directory became a link", async () => {
    const sandbox = use.sandbox();
    author(join(sandbox.project, "skills/foo"));
    sandbox.writeManifest(manifestOf([{ id: "foo", repo: "./skills/foo", mode: "copy" }], PROJECT));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect((await sandbox.run(["remove", "foo"])).code).toBe(0);
    rmSync(join(sandbox.project, ".claude"), { recursive: true });
    symlinkSync(".", join(sandbox.project, ".claude"));
    const before = await readTree(sandbox.project);
    for (const args of [["rollback"], ["rollback", "--force"], ["rollback", "--dry-run"]]) {
      const { code, json } = await sandbox.run([...args, "--json"]);
      expect([code, json<any>().error.code]).toEqual([2, "TARGET_IS_SOURCE"]);
    }
    expect(await readTree(sandbox.project)).toEqual(before);
  });
});

describe("a target that is, holds, or lies in a source, by any way [R-INSTALL-15]", () => {
  const cases: Record<string, (sandbox: Sandbox) => string | Promise<string>> = {
    "a custom target through a chain of links": ({ project }) => {
      author(join(project, "skills/foo"));
      symlinkSync("skills", join(project, "one"));
      symlinkSync(join(project, "one"), join(project, "two"));
      return manifestOf([{ id: "foo", repo: "./skills/foo", agents: [], extra: custom("./two") }]);
    },
    "a source through a link to the target's directory": ({ project }) => {
      author(join(project, "real/foo"));
      symlinkSync("real", join(project, "names"));
      return manifestOf([{ id: "foo", repo: "./names/foo", agents: [], extra: custom("./real") }]);
    },
    "a source that is itself a link, at the target's place": ({ project }) => {
      author(join(project, "real/foo"));
      mkdirSync(join(project, "names"));
      symlinkSync("../real/foo", join(project, "names/foo"));
      symlinkSync("names", join(project, "also"));
      return manifestOf([{ id: "foo", repo: "./names/foo", agents: [], extra: custom("./also") }]);
    },
    "a link above the source whose text goes up": ({ project }) => {
      author(join(project, "a/skills/foo"));
      mkdirSync(join(project, "b/c"), { recursive: true });
      symlinkSync("../../a/skills", join(project, "b/c/link"));
      return manifestOf([{ id: "foo", repo: "./b/c/../c/link/foo", agents: [], extra: custom("./a/x/../skills") }]);
    },
    "a target that holds its source": ({ project }) => {
      author(join(project, "work/foo/deep/inner"));
      symlinkSync("work", join(project, "linked"));
      return manifestOf([{ id: "foo", repo: "./work/foo/deep/inner", agents: [], extra: custom("./linked") }]);
    },
    "a target that lies in its source": ({ project }) => {
      author(join(project, "foo"));
      mkdirSync(join(project, "foo/agents"));
      symlinkSync("foo/agents", join(project, "agents"));
      return manifestOf([{ id: "foo", repo: "./foo", mode: "copy", agents: [], extra: custom("./agents") }]);
    },
    "a subpath of a work tree with a ref": async ({ project }) => {
      const work = join(project, "work");
      await createRepository(work, { bare: false, files: { "skills/foo/SKILL.md": skillText("foo") } });
      symlinkSync("work/skills", join(project, "linked"));
      const source = { repo: "./work", ref: "main", subpath: "skills/foo" };
      return manifestOf([{ id: "foo", ...source, agents: [], extra: custom("./linked") }]);
    },
    "a file:// address of a work tree": async ({ project }) => {
      const work = join(project, "my work");
      await createRepository(work, { bare: false, files: { "skills/foo/SKILL.md": skillText("foo") } });
      symlinkSync("my work/skills", join(project, "linked"));
      const source = { repo: `file://${project}/my%20work`, subpath: "skills/foo", mode: "copy" as const };
      return manifestOf([{ id: "foo", ...source, agents: [], extra: custom("./linked") }]);
    },
    "the .git of a work tree": async ({ project }) => {
      const work = join(project, "work");
      await createRepository(work, { bare: false, files: { "skills/foo/SKILL.md": skillText("foo") } });
      return manifestOf([
        { id: "foo", repo: "./work/.git", subpath: "skills/foo", agents: [], extra: custom("./work/skills") },
      ]);
    },
    "the inside of a bare repository": async ({ project }) => {
      await createRepository(join(project, "bare.git"), { files: { "SKILL.md": skillText("foo") } });
      symlinkSync("bare.git", join(project, "linked"));
      return manifestOf([{ id: "objects", repo: "./bare.git", agents: [], extra: custom("./linked") }]);
    },
    "the source of another skill": async ({ project, root }) => {
      author(join(project, "skills/foo"));
      const { dir } = await createRepository(join(root, "one.git"), { files: { "SKILL.md": skillText("foo") } });
      symlinkSync("skills", join(project, "linked"));
      return manifestOf([
        { id: "foo", repo: dir, mode: "copy", agents: [], extra: custom("./linked") },
        { id: "bar", repo: "./skills/foo" },
      ]);
    },
    "a directory that holds the source of another skill": async ({ project, root }) => {
      author(join(project, "skills/foo/inner"));
      const { dir } = await createRepository(join(root, "one.git"), { files: { "SKILL.md": skillText("foo") } });
      return manifestOf([
        { id: "bar", repo: "./skills/foo/inner" },
        { id: "foo", repo: dir, agents: [], extra: custom("./skills") },
      ]);
    },
  };
  for (const [what, setUp] of Object.entries(cases)) {
    it(what, async () => {
      const sandbox = use.sandbox();
      sandbox.writeManifest(await setUp(sandbox));
      await refused(sandbox, ["apply", "--force"]);
    });
  }

  it("but not a link to the source, a target beside it, or the root skill of a repository that another one is installed in", async () => {
    const sandbox = use.sandbox();
    const { project, root } = sandbox;
    author(project, "root");
    author(join(project, "skills/foo"));
    author(join(project, "skills/foo-two"), "foo-two");
    mkdirSync(join(project, ".claude/skills"), { recursive: true });
    symlinkSync("../../skills/foo", join(project, ".claude/skills/foo"));
    const { dir } = await createRepository(join(root, "one.git"), { files: { "SKILL.md": skillText("bar") } });
    sandbox.writeManifest(
      manifestOf(
        [
          { id: "foo", repo: "./skills/foo", mode: "copy" },
          { id: "foo-two", repo: "./skills/foo-two" },
          { id: "bar", repo: dir },
          { id: "root", repo: ".", agents: [], extra: custom("~/elsewhere") },
        ],
        PROJECT,
      ),
    );
    expect((await sandbox.run(["apply"])).code).toBe(3);
    expect(readlinkSync(join(project, ".claude/skills/foo"))).toBe("../../skills/foo");
    expect((await sandbox.run(["apply", "--force"])).code).toBe(0);
    expect(lstatSync(join(project, ".claude/skills/foo")).isDirectory()).toBe(true);
    expect(readFileSync(join(project, "skills/foo/notes.md"), "utf8")).toBe("the author's own");
  });

  it("does not keep a run for other skills, a removal, or a change that ends it", async () => {
    const sandbox = linkedAgent();
    author(join(sandbox.project, "other/bar"), "bar");
    sandbox.writeManifest(
      manifestOf(
        [
          { id: "foo", repo: "./skills/foo" },
          { id: "bar", repo: "./other/bar", agents: ["codex"] },
        ],
        PROJECT,
      ),
    );
    expect((await sandbox.run(["apply", "bar"])).code).toBe(0);
    expect((await sandbox.run(["remove", "bar"])).code).toBe(0);
    expect((await sandbox.run(["set", "foo", "--enabled=false"])).code).toBe(0);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(readFileSync(join(sandbox.project, "skills/foo/notes.md"), "utf8")).toBe("the author's own");
  });

  it("is a finding of doctor, and list still lists", async () => {
    const sandbox = linkedAgent();
    sandbox.writeManifest(manifestOf([{ id: "foo", repo: "./skills/foo" }], PROJECT));
    const { findings } = (await sandbox.run(["doctor", "--json"])).json();
    expect(findings.map(({ code }: any) => code)).toContain("TARGET_IS_SOURCE");
    expect((await sandbox.run(["list"])).code).toBe(0);
  });
});
