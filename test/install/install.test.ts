import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Files } from "../helpers/fast-import.js";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { sshdAvailable, startSshRemote } from "../helpers/ssh-remote.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A machine with Claude Code on it, and a server with one repository. */
async function setUp(files: Files = { "skills/a/SKILL.md": skillText("a"), "skills/b/SKILL.md": skillText("b") }) {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  const repository = await createRepository(join(sandbox.root, "served/acme/skills.git"), { files });
  const remote = await use.remote(sandbox);
  const url = `${remote.url}/acme/skills.git`;
  const skills = join(sandbox.home, ".claude/skills");
  const userManifest = join(sandbox.home, ".eden-skills/skills.toml");
  const json = async (...args: string[]) => (await sandbox.run([...args, "--json"])).json();
  return { sandbox, repository, remote, url, skills, userManifest, json };
}

describe("install", () => {
  it("adds to the user's manifest, pins and installs, for the agents of this machine [R-SOURCE-03] [R-SOURCE-04]", async () => {
    const { sandbox, url, skills, userManifest, json } = await setUp();
    const report = await json("install", url, "--all");
    expect(report).toMatchObject({ command: "install", exit_code: 0, manifest: userManifest, installed: ["a", "b"] });
    expect(readdirSync(skills)).toEqual(["a", "b"]);
    const listed = await json("list");
    expect(listed.skills.map(({ id, source, targets }: never) => [id, source, (targets as never[]).length])).toEqual([
      ["a", { repo: url, ref: null, subpath: "skills/a" }, 1],
      ["b", { repo: url, ref: null, subpath: "skills/b" }, 1],
    ]);
    expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
    expect(await json("install", url, "--skill", "a")).toMatchObject({ exit_code: 0, installed: ["a"] });
    expect((await json("list")).count).toBe(2);
  });

  it("lists, shows a plan, and changes nothing by it [R-SOURCE-05]", async () => {
    const { sandbox, url, userManifest, json } = await setUp();
    const { skills } = await json("install", url, "--list");
    expect(skills).toMatchObject([
      { name: "a", description: "What a is for.", path: "skills/a" },
      { name: "b", path: "skills/b" },
    ]);
    const plan = await json("install", url, "--skill", "b", "--dry-run", "--target", "cursor");
    expect(plan).toMatchObject({ would_install: ["b"], installed: [], manifest: userManifest });
    expect(plan.plan).toMatchObject([{ skill_id: "b", action: "create", target_path: expect.stringContaining("/b") }]);
    const text = await sandbox.run(["install", url, "--list"]);
    expect(text.stdout).toBe("a  skills/a\n    What a is for.\nb  skills/b\n    What b is for.\nskills: 2\n");
    expect([existsSync(userManifest), existsSync(join(sandbox.home, ".claude/skills"))]).toEqual([false, false]);
  });

  it("asks nobody where nobody is, and says what to write instead [R-SOURCE-05]", async () => {
    const { sandbox, url, json } = await setUp();
    const failed = await sandbox.run(["install", url]);
    expect(failed.code).toBe(2);
    expect(failed.stderr).toMatch(/2 skills here.*: a, b\n.*--skill NAME….*--all/u);
    expect(await json("install", url, "--skill", "bb")).toMatchObject({
      error: { code: "SKILL_NOT_FOUND", hint: "Did you mean b?" },
    });
    expect(await json("install", url, "--yes")).toMatchObject({ installed: ["a", "b"] });
  });

  it("finds the end of a ref with slashes in the address of a page [R-SOURCE-01]", async () => {
    const { repository, remote, json } = await setUp();
    await repository.branch("feature/x");
    const page = `${remote.url}/acme/skills.git/-/tree/feature/x/skills/b`;
    expect(await json("install", page)).toMatchObject({ exit_code: 0, installed: ["b"] });
    expect((await json("list")).skills[0].source).toEqual({
      repo: `${remote.url}/acme/skills.git`,
      ref: "feature/x",
      subpath: "skills/b",
    });
    expect(await json("install", `${remote.url}/acme/skills.git/-/tree/nowhere/b`)).toMatchObject({
      error: { code: "REF_NOT_FOUND" },
      exit_code: 1,
    });
  });

  it.runIf(sshdAvailable())("takes git@host:path and ssh:// addresses, a ref behind them [R-SOURCE-01]", async () => {
    const { sandbox, repository } = await setUp();
    await repository.branch("feature/x");
    const remote = await startSshRemote({ root: join(sandbox.root, "served") });
    try {
      for (const [form, id] of [
        ["url", "a"],
        ["scp", "b"],
      ] as const) {
        const source = `${remote.urlOf("acme/skills.git", form)}#feature/x`;
        const done = await sandbox.run(["install", source, "--skill", id, "--json"], { env: remote.env });
        expect(done.json(), source).toMatchObject({ exit_code: 0, installed: [id] });
      }
      const { skills } = (await sandbox.run(["list", "--json"])).json();
      expect(skills.map(({ source }: { source: { ref: string } }) => source.ref)).toEqual(["feature/x", "feature/x"]);
    } finally {
      await remote.close();
    }
  });

  it("takes a directory as it is typed, and writes what is good for the manifest's place [R-SOURCE-04]", async () => {
    const { sandbox, json } = await setUp();
    mkdirSync(join(sandbox.project, "own/tool"), { recursive: true });
    writeFileSync(join(sandbox.project, "own/tool/SKILL.md"), skillText("tool"));
    mkdirSync(join(sandbox.project, "deep"));
    const report = await sandbox.run(["install", "../own", "--project", "--target", "claude-code", "--json"], {
      cwd: join(sandbox.project, "deep"),
    });
    expect(report.json()).toMatchObject({ installed: ["tool"], manifest: join(sandbox.project, "deep/skills.toml") });
    const copied = await json("install", "./own", "--project", "--copy", "--target", "claude-code");
    expect(copied).toMatchObject({ exit_code: 0 });
    expect(readFileSync(sandbox.manifestPath, "utf8")).toContain(
      'source = "./own//tool"\ntargets = ["claude-code"]\n[skills.install]\nmode = "copy"',
    );
    expect(await readTree(join(sandbox.project, ".claude/skills/tool"))).toEqual(
      await readTree(join(sandbox.project, "own/tool")),
    );
    expect(await json("install", "./nowhere")).toMatchObject({ error: { code: "INVALID_REPO_URL" }, exit_code: 2 });
  });

  it("warns of a name that is not as it should be, and leaves out what has no description [R-SOURCE-06]", async () => {
    const { sandbox, url, skills, json } = await setUp({
      "skills/Odd Name/SKILL.md": "---\nname: Odd Name!\ndescription: Odd.\n---\n",
      "skills/other/SKILL.md": "---\nname: named-so\ndescription: Other.\nfoo: {bar: 1}\n---\n",
      "skills/empty/SKILL.md": "---\nname: empty\n---\n",
      "skills/plain/SKILL.md": "no front matter\n",
    });
    const { skills: found, skipped } = await json("install", url, "--list");
    expect(found.map(({ name }: { name: string }) => name)).toEqual(["odd-name", "named-so"]);
    expect(skipped.map(({ path }: { path: string }) => path)).toEqual(["skills/empty", "skills/plain"]);
    const installed = await sandbox.run(["install", url, "--all"]);
    expect(installed.stderr).toContain('odd-name: its name "Odd Name!" is not a valid directory name');
    expect(installed.stderr).toContain("named-so: its name is named-so, its directory other");
    expect(installed.stderr).toContain("skills/empty is left out: its front matter has no description");
    expect(readdirSync(skills)).toEqual(["named-so", "odd-name"]);
  });

  it("takes the same skill in two places once, and does not choose between two of one name [R-SOURCE-06]", async () => {
    const { url, json } = await setUp({
      "skills/bird/SKILL.md": skillText("bird"),
      ".claude/skills/bird/SKILL.md": skillText("bird"),
      "skills/other/SKILL.md": skillText("bird", "Another bird."),
    });
    const { skills, skipped } = await json("install", url, "--list");
    expect(skills.map(({ path }: { path: string }) => path)).toEqual(["skills/bird", "skills/other"]);
    expect(skipped).toEqual([{ path: ".claude/skills/bird", reason: "the same as skills/bird" }]);
    const clash = await json("install", url, "--all");
    expect(clash).toMatchObject({ error: { code: "DUPLICATE_SKILL_ID" }, exit_code: 2 });
    expect(clash.error.message).toContain("skills/bird and skills/other");
    expect(await json("install", url, "--skill", "bird")).toMatchObject({ error: { code: "DUPLICATE_SKILL_ID" } });
    expect(await json("install", url, "--skill", "skills/other", "--id", "crow")).toMatchObject({
      installed: ["crow"],
    });
  });

  it("changes nothing when something fails: a directory of the user's, a source that is gone, an unsafe skill [R-SOURCE-07]", async () => {
    const { sandbox, remote, url, skills, userManifest, json } = await setUp({
      "skills/a/SKILL.md": skillText("a"),
      "skills/b/SKILL.md": skillText("b"),
      "skills/bad/SKILL.md": skillText("bad"),
      "skills/bad/link": { symlink: "../../../../etc/passwd" },
    });
    const nothing = () => [existsSync(userManifest), existsSync(userManifest.replace(".toml", ".lock"))];
    const failed = await json("install", url, "--all", "--atomic");
    expect(failed).toMatchObject({ exit_code: 1, outcome: "failed", installed: [] });
    expect([nothing(), existsSync(join(skills, "a"))]).toEqual([[false, false], false]);
    mkdirSync(join(skills, "b"), { recursive: true });
    writeFileSync(join(skills, "b/mine.txt"), "mine");
    const conflict = await json("install", url, "--skill", "a", "b");
    expect(conflict).toMatchObject({ exit_code: 3, outcome: "conflict", installed: [] });
    const two = await json("install", url, "--skill", "b", "--target", "claude-code", "cursor");
    expect(two).toMatchObject({ exit_code: 3, outcome: "conflict", installed: [] });
    expect([nothing(), readdirSync(skills), readdirSync(join(skills, "b"))]).toEqual([
      [false, false],
      ["b"],
      ["mine.txt"],
    ]);
    expect(await json("install", `${remote.url}/nobody/here.git`)).toMatchObject({
      error: { code: "FETCH_NOT_FOUND" },
      exit_code: 1,
    });
    expect(nothing()).toEqual([false, false]);
    expect(await json("install", url, "--skill", "a", "b", "--force")).toMatchObject({
      exit_code: 0,
      installed: ["a", "b"],
    });
    const backups = readdirSync(join(sandbox.storage, "backups"), { recursive: true }).map(String);
    expect(backups.some((path) => path.endsWith("claude-code/b/mine.txt"))).toBe(true);
  });

  it("takes everything back when a target fails after others were made [R-SOURCE-07]", async () => {
    const { sandbox, url, skills, json } = await setUp();
    sandbox.writeManifest('# mine\nversion = 1\nscope = "global"\n');
    expect(await json("install", url, "--skill", "a")).toMatchObject({ installed: ["a"] });
    const before = [readFileSync(sandbox.manifestPath, "utf8"), readFileSync(sandbox.lockfilePath, "utf8")];
    // A file where the second agent's directory should be made: that cannot be known before it is tried.
    writeFileSync(join(sandbox.root, "blocked"), "");
    const failed = await json(
      "install",
      url,
      "--skill",
      "b",
      "--target",
      "claude-code",
      `custom:${sandbox.root}/blocked/x`,
    );
    expect(failed).toMatchObject({ exit_code: expect.any(Number), installed: [] });
    expect(failed.exit_code).not.toBe(0);
    expect([readFileSync(sandbox.manifestPath, "utf8"), readFileSync(sandbox.lockfilePath, "utf8")]).toEqual(before);
    expect(readdirSync(skills)).toEqual(["a"]);
    expect((await sandbox.run(["plan", "--check"])).code).toBe(0);
  });

  it("does several at once one after the other, and loses none [R-SOURCE-07]", async () => {
    const ids = ["a", "b", "c", "d"];
    const { sandbox, url, skills, json } = await setUp(
      Object.fromEntries(ids.map((id) => [`skills/${id}/SKILL.md`, skillText(id)])),
    );
    const reports = await Promise.all(ids.map(async (id) => await json("install", url, "--skill", id)));
    expect(reports.map(({ exit_code, installed }) => [exit_code, installed])).toEqual(ids.map((id) => [0, [id]]));
    expect(readdirSync(skills)).toEqual(ids);
    expect((await json("list")).count).toBe(4);
    expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
  });

  it("refuses another skill of the same id, and gives a known one further targets [R-SOURCE-04]", async () => {
    const { sandbox, url, json } = await setUp();
    await json("install", url, "--skill", "a");
    mkdirSync(join(sandbox.project, "a"));
    writeFileSync(join(sandbox.project, "a/SKILL.md"), skillText("a"));
    expect(await json("install", "./a")).toMatchObject({ error: { code: "DUPLICATE_SKILL_ID" }, exit_code: 2 });
    expect(await json("install", url, "--skill", "a", "--target", "codex")).toMatchObject({ exit_code: 0 });
    const [skill] = (await json("list")).skills;
    expect(skill.targets.map(({ agent }: { agent: string }) => agent)).toEqual(["claude-code", "codex"]);
  });

  it("gives back the same bytes and the same lockfile when all targets of ten sources are deleted [R-SOURCE-08]", async () => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.home, ".claude"));
    mkdirSync(join(sandbox.home, ".cursor"));
    const layouts: [string, (name: string) => string][] = [
      ["root", () => "SKILL.md"],
      ["flat", (name) => `${name}/SKILL.md`],
      ["skills", (name) => `skills/${name}/SKILL.md`],
      ["curated", (name) => `skills/.curated/${name}/SKILL.md`],
      ["agents", (name) => `.agents/skills/${name}/SKILL.md`],
      ["claude", (name) => `.claude/skills/${name}/SKILL.md`],
      ["plugin", (name) => `plugins/p/skills/${name}/SKILL.md`],
      ["deep", (name) => `a/b/c/${name}/SKILL.md`],
      ["copied", (name) => `skills/${name}/SKILL.md`],
    ];
    for (const [layout, pathOf] of layouts) {
      const path = pathOf(`skill-${layout}`);
      const files = {
        [path]: skillText(`skill-${layout}`),
        [path.replace("SKILL.md", "run.sh")]: { content: "#!/bin/sh\n", executable: true },
      };
      await createRepository(join(sandbox.root, `served/${layout}.git`), { files });
    }
    const remote = await use.remote(sandbox);
    for (const [layout] of layouts) {
      const extra = layout === "copied" ? ["--copy"] : [];
      const done = await sandbox.run(["install", `${remote.url}/${layout}.git`, ...extra]);
      expect(done.code, done.stdout + done.stderr).toBe(0);
    }
    mkdirSync(join(sandbox.project, "mine"));
    writeFileSync(join(sandbox.project, "mine/SKILL.md"), skillText("mine"));
    expect((await sandbox.run(["install", "./mine"])).code).toBe(0);
    const targets = [".claude/skills", ".agents/skills"]
      .map((path) => join(sandbox.home, path))
      .filter((path) => existsSync(path));
    const lockfile = join(sandbox.home, ".eden-skills/skills.lock");
    const look = async () => [
      readFileSync(lockfile, "utf8"),
      ...(await Promise.all(
        targets.flatMap((path) => readdirSync(path).map(async (name) => [name, await readTree(join(path, name))])),
      )),
    ];
    const before = await look();
    expect(readdirSync(targets[0] ?? "")).toHaveLength(10);
    for (const target of targets) {
      spawnSync("chmod", ["-R", "u+w", target]);
      rmSync(target, { recursive: true });
    }
    rmSync(join(sandbox.root, "served"), { recursive: true });
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(await look()).toEqual(before);
    expect(readlinkSync(join(targets[0] ?? "", "mine"))).toBe(join(sandbox.project, "mine"));
  });
});
