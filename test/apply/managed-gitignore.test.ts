import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { gitText } from "../helpers/git-command.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const PROJECT = 'scope = "project"';
const OFF = `${PROJECT}\n[project]\ngitignore = false`;

/** A project under git, and what writes its manifest with skills of one repository. */
async function setUp() {
  const sandbox = use.sandbox();
  const { dir } = await createRepository(join(sandbox.root, "served.git"), {
    files: Object.fromEntries(["one", "two", "three"].map((id) => [`${id}/SKILL.md`, skillText(id)])),
  });
  await git(sandbox, "init", "--quiet", ".");
  const manifest = (ids: readonly string[], more: Partial<SkillSpec> = {}, head = PROJECT) =>
    sandbox.writeManifest(
      manifestOf(
        ids.map((id) => ({ id, repo: `file://${dir}`, subpath: id, ...more })),
        head,
      ),
    );
  return { sandbox, manifest, dir };
}

const git = async (sandbox: Sandbox, ...args: string[]) => await gitText(["-C", sandbox.project, ...args]);

async function run(sandbox: Sandbox, ...args: string[]) {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return result.json();
}

const pathOf = (sandbox: Sandbox, directory = ".claude/skills") => join(sandbox.project, directory, ".gitignore");
const textOf = (sandbox: Sandbox, directory?: string) => readFileSync(pathOf(sandbox, directory), "utf8");
/** The lines between the two of ours, which are comments. */
const namesOf = (sandbox: Sandbox, directory?: string) => {
  const lines = textOf(sandbox, directory).split("\n");
  const [begin, end] = lines.flatMap((line, at) => (line.startsWith("# eden-skills") ? [at] : []));
  return lines.slice((begin ?? 0) + 1, end);
};
/** What git sees beside the manifest and the lockfile. */
const seen = async (sandbox: Sandbox) =>
  (await git(sandbox, "status", "--porcelain", "--untracked-files=all"))
    .split("\n")
    .filter((line) => line !== "" && !/ skills\.(?:toml|lock)$/u.test(line));

describe("the managed .gitignore", () => {
  it.each(["symlink", "copy"] as const)(
    "names itself and our targets in each directory of an agent, follows them, and goes with the last [R-GITIGNORE-01] (%s)",
    async (mode) => {
      const { sandbox, manifest } = await setUp();
      manifest(["two", "one"], { mode, agents: ["claude-code", "cursor"] });
      await run(sandbox, "apply");
      for (const directory of [".claude/skills", ".agents/skills"])
        expect(namesOf(sandbox, directory)).toEqual(["/.gitignore", "/one", "/two"]);
      expect(await seen(sandbox)).toEqual([]);
      manifest(["one", "three"], { mode, agents: ["claude-code"] });
      await run(sandbox, "apply");
      expect(namesOf(sandbox)).toEqual(["/.gitignore", "/one", "/three"]);
      expect(existsSync(pathOf(sandbox, ".agents/skills"))).toBe(false);
      await run(sandbox, "set", "three", "--enabled=false");
      await run(sandbox, "apply");
      expect(namesOf(sandbox)).toEqual(["/.gitignore", "/one"]);
      await run(sandbox, "remove", "one");
      expect([existsSync(pathOf(sandbox)), await seen(sandbox)]).toEqual([false, []]);
      await run(sandbox, "rollback");
      expect([namesOf(sandbox), await seen(sandbox)]).toEqual([["/.gitignore", "/one"], []]);
    },
  );

  it("counts custom targets in the project, and leaves alone what lies outside of it [R-GITIGNORE-01]", async () => {
    const { sandbox, manifest } = await setUp();
    const outside = join(sandbox.root, "outside");
    await gitText(["init", "--quiet", outside]);
    const extra = `targets = [{ agent = "custom", path = "tools/agent" }, { agent = "custom", path = ${JSON.stringify(outside)} }]`;
    manifest(["one"], { extra, agents: [] });
    await run(sandbox, "apply");
    expect(namesOf(sandbox, "tools/agent")).toEqual(["/.gitignore", "/one"]);
    expect([existsSync(join(outside, "one")), existsSync(join(outside, ".gitignore"))]).toEqual([true, false]);
  });

  it.each([
    ["lines that end with CR LF", "*.log\r\n!keep.log\r\n", "*.log\r\n!keep.log\r\n"],
    ["no line feed at the end", "*.log", "*.log\n"],
    ["bytes that are no UTF-8", "caf\xe9/\n", "caf\xe9/\n"],
  ])("keeps the user's lines: %s [R-GITIGNORE-02]", async (_, before, after) => {
    const { sandbox, manifest } = await setUp();
    manifest(["one"]);
    mkdirSync(join(sandbox.project, ".claude/skills"), { recursive: true });
    writeFileSync(pathOf(sandbox), before, "latin1");
    await run(sandbox, "apply");
    const text = readFileSync(pathOf(sandbox), "latin1");
    expect(text.startsWith(after)).toBe(true);
    expect(text.split("\r\n").length > 1).toBe(before.includes("\r\n"));
    expect(text.replaceAll("\r\n", "").includes("\r")).toBe(false);
    expect(await seen(sandbox)).toEqual([]);
    await run(sandbox, "remove", "one");
    expect(readFileSync(pathOf(sandbox), "latin1")).toBe(after);
  });

  it("is whole again after the next run, whatever was done to it, and the run after that has nothing to do [R-GITIGNORE-03]", async () => {
    const { sandbox, manifest } = await setUp();
    manifest(["one", "two"]);
    await run(sandbox, "apply");
    const whole = textOf(sandbox);
    const [begin = "", ...rest] = whole.split("\n");
    const damages: [string, string][] = [
      ["", whole],
      [whole.replace("/one\n", ""), whole],
      [`${begin}\n/one\n*.tmp\n`, `${whole}*.tmp\n`],
      [`mine\n${whole}${whole}yours\n`, `mine\n${whole}yours\n`],
      [`mine\n${begin}\n!/one\n${rest.join("\n")}`, `mine\n${whole}!/one\n`],
      [`${whole}mine\n`, `${whole}mine\n`],
      [whole.replace("/two\n", "/two\n/gone\n"), whole],
    ];
    for (const [damaged, expected] of damages) {
      if (damaged === "") rmSync(pathOf(sandbox));
      else writeFileSync(pathOf(sandbox), damaged);
      // Without --json the receipt may answer: it must have noticed.
      expect((await sandbox.run(["apply"])).code).toBe(0);
      expect(textOf(sandbox)).toBe(expected);
    }
    const before = lstatSync(pathOf(sandbox)).ino;
    expect((await run(sandbox, "apply")).metrics.git_processes).toBe(0);
    expect(lstatSync(pathOf(sandbox)).ino).toBe(before);
  });

  it("is not made when the manifest says so, and taken back when it says so later [R-GITIGNORE-04]", async () => {
    const { sandbox, manifest } = await setUp();
    manifest(["one"], {}, OFF);
    await run(sandbox, "apply");
    expect(existsSync(pathOf(sandbox))).toBe(false);
    manifest(["one"]);
    await run(sandbox, "apply");
    writeFileSync(pathOf(sandbox), `mine\n${textOf(sandbox)}`);
    manifest(["one"], {}, OFF);
    await run(sandbox, "apply");
    expect(textOf(sandbox)).toBe("mine\n");
    expect((await sandbox.run(["config", "export"])).stdout).toContain("[project]\ngitignore = false");
  });

  it("is made once the project is under git, and not before; a directory .git that is none does not count [R-GITIGNORE-04]", async () => {
    const { sandbox, manifest } = await setUp();
    rmSync(join(sandbox.project, ".git"), { recursive: true });
    manifest(["one"]);
    for (let again = 0; again < 3; again++) expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(existsSync(pathOf(sandbox))).toBe(false);
    mkdirSync(join(sandbox.project, ".git"));
    await run(sandbox, "apply");
    expect(existsSync(pathOf(sandbox))).toBe(false);
    rmSync(join(sandbox.project, ".git"), { recursive: true });
    for (let again = 0; again < 2; again++) expect((await sandbox.run(["apply"])).code).toBe(0);
    await git(sandbox, "init", "--quiet", ".");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(namesOf(sandbox)).toEqual(["/.gitignore", "/one"]);
  });

  it("does not name what git tracks already, and asks git once for all directories [R-GITIGNORE-04]", async () => {
    const { sandbox, manifest } = await setUp();
    manifest(["one", "two"], { mode: "copy", agents: ["claude-code", "cursor"] }, OFF);
    await run(sandbox, "apply");
    await git(sandbox, "add", "-A", "--", ".claude/skills/one", ".agents/skills");
    manifest(["one", "two"], { mode: "copy", agents: ["claude-code", "cursor"] });
    const { metrics } = await run(sandbox, "apply");
    expect(metrics.git_processes).toBe(1);
    expect(namesOf(sandbox)).toEqual(["/.gitignore", "/two"]);
    expect(existsSync(pathOf(sandbox, ".agents/skills"))).toBe(false);
  });

  it.each(["link", "directory", "read-only file"])(
    "is left as it is where the user has a %s, with a warning, and the skill is installed [R-GITIGNORE-05]",
    async (what) => {
      const { sandbox, manifest } = await setUp();
      manifest(["one"]);
      mkdirSync(join(sandbox.project, ".claude/skills"), { recursive: true });
      writeFileSync(join(sandbox.project, "ignore"), "mine\n");
      if (what === "link") symlinkSync("../../ignore", pathOf(sandbox));
      else if (what === "directory") mkdirSync(pathOf(sandbox));
      else {
        writeFileSync(pathOf(sandbox), "mine\n");
        chmodSync(pathOf(sandbox), 0o444);
      }
      const { diagnostics, outcome } = await run(sandbox, "apply");
      expect([outcome, diagnostics]).toMatchObject(["ok", [{ code: "GITIGNORE_LEFT", severity: "warning" }]]);
      expect(existsSync(join(sandbox.project, ".claude/skills/one/SKILL.md"))).toBe(true);
      expect(readFileSync(join(sandbox.project, "ignore"), "utf8")).toBe("mine\n");
      const { mode, ino } = lstatSync(pathOf(sandbox));
      expect((await run(sandbox, "remove", "one")).diagnostics).toEqual([]);
      const after = lstatSync(pathOf(sandbox));
      expect([after.mode, after.ino]).toEqual([mode, ino]);
      if (what !== "directory") expect(readFileSync(pathOf(sandbox), "utf8")).toBe("mine\n");
    },
  );

  it("does not hide a directory of the user's own that stands where a target should be [R-GITIGNORE-02]", async () => {
    const { sandbox, manifest } = await setUp();
    manifest(["one", "two"]);
    await run(sandbox, "apply");
    rmSync(join(sandbox.project, ".claude/skills/one"));
    mkdirSync(join(sandbox.project, ".claude/skills/one"));
    writeFileSync(join(sandbox.project, ".claude/skills/one/SKILL.md"), "mine");
    expect((await sandbox.run(["apply"])).code).toBe(3);
    expect(namesOf(sandbox)).toEqual(["/.gitignore", "/two"]);
    expect(await seen(sandbox)).toEqual(["?? .claude/skills/one/SKILL.md"]);
  });

  it("serves several manifests in one directory, also at the same time [R-GITIGNORE-06]", async () => {
    const { sandbox, dir } = await setUp();
    const names = ["one", "two", "three"];
    const paths = names.map((id) =>
      sandbox.writeManifest(manifestOf([{ id, repo: `file://${dir}`, subpath: id }], PROJECT), `${id}.toml`),
    );
    const results = await Promise.all(paths.map(async (path) => await sandbox.run(["apply", "--config", path])));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(namesOf(sandbox)).toEqual(["/.gitignore", "/one", "/three", "/two"]);
    await run(sandbox, "remove", "two", "--config", paths[1] ?? "");
    expect(namesOf(sandbox)).toEqual(["/.gitignore", "/one", "/three"]);
  });
});
