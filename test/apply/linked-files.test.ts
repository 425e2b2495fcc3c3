import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const TARGET = ["--target", "claude-code"];

async function withSource() {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "served.git"), {
    files: { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") },
  });
  const repo = `file://${repository.dir}`;
  const run = async (args: string[], code = 0, options = {}) => {
    const result = await sandbox.run([...args, "--json"], options);
    expect([args.join(" "), result.code, result.stdout]).toEqual([args.join(" "), code, expect.any(String)]);
    return result.json();
  };
  return { sandbox, repository, repo, run };
}

/** Links manifest and lockfile from a directory of dotfiles: one in one step, the other through a chain, both relative. */
function link({ project, root }: Sandbox, names = { toml: "mine.toml", lock: "mine.lock" }) {
  const dotfiles = join(root, "dotfiles");
  mkdirSync(dotfiles);
  symlinkSync(`../dotfiles/${names.toml}`, join(project, "skills.toml"));
  symlinkSync(names.lock, join(dotfiles, "chain"));
  symlinkSync("../dotfiles/chain", join(project, "skills.lock"));
  const [toml, lock] = [join(dotfiles, names.toml), join(dotfiles, names.lock)];
  const stay = () => {
    expect(readlinkSync(join(project, "skills.toml"))).toBe(`../dotfiles/${names.toml}`);
    expect(readlinkSync(join(project, "skills.lock"))).toBe("../dotfiles/chain");
    expect(readlinkSync(join(dotfiles, "chain"))).toBe(names.lock);
    expect(readdirSync(dotfiles).filter((name) => name.startsWith(".eden-tmp-"))).toEqual([]);
  };
  const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : null);
  return { toml, lock, dotfiles, stay, texts: () => [read(toml), read(lock)] as const };
}

describe("manifest and lockfile that are links", () => {
  it("stay links in every command that writes them: their destinations are written [R-EDIT-06, R-LOCK-07]", async () => {
    const { sandbox, repository, repo, run } = await withSource();
    const { toml, lock, stay, texts } = link(sandbox);
    writeFileSync(toml, "# mine\nversion = 1\n", { mode: 0o640 });
    let before = texts();
    const changes = async (args: string[], changed: readonly [boolean, boolean]) => {
      await run(args);
      stay();
      const after = texts();
      expect([args[0], after[0] !== before[0], after[1] !== before[1]]).toEqual([args[0], ...changed]);
      before = after;
    };
    await changes(["install", repo, "--skill", "a", ...TARGET], [true, true]);
    expect(statSync(toml).mode & 0o777).toBe(0o640);
    await changes(["add", "--id", "b", "--repo", repo, "--subpath", "b", ...TARGET], [true, false]);
    await changes(["apply"], [false, true]);
    await changes(["set", "b", "--mode", "copy"], [true, false]);
    await repository.commit({ files: { "b/SKILL.md": skillText("b", "Newer.") } });
    await changes(["update"], [false, true]);
    await changes(["remove", "b"], [true, true]);
    await changes(["rollback"], [true, true]);
    sandbox.writeManifest(manifestOf([{ id: "c", repo, subpath: "a" }]), "more.toml");
    await changes(["config", "import", "--from", "more.toml"], [true, false]);
    await changes(["config", "export", "--output", "skills.toml", "--force"], [true, false]);
    writeFileSync(
      join(sandbox.project, "skills-lock.json"),
      JSON.stringify({
        version: 1,
        skills: { d: { source: repo, sourceType: "git", sourceUrl: repo, skillPath: "a" } },
      }),
    );
    await changes(["import", ...TARGET], [true, false]);
    await changes(["init", "--force"], [true, false]);
    expect(existsSync(lock)).toBe(true);
  });

  it("are written where they lead to when nothing is there yet, and taken back when an install fails", async () => {
    const { sandbox, repo, run } = await withSource();
    const { toml, stay, texts, dotfiles } = link(sandbox, { toml: "new/mine.toml", lock: "locks/mine.lock" });
    expect((await run(["apply"], 2)).error.code).toBe("MANIFEST_NOT_FOUND");
    mkdirSync(join(sandbox.home, ".claude/skills/a"), { recursive: true });
    writeFileSync(join(sandbox.home, ".claude/skills/a/mine.txt"), "mine");
    await run(["install", repo, "--skill", "a", "--project", "--target", "custom:../home/.claude/skills"], 3);
    expect(texts()).toEqual([null, null]);
    await run(["install", repo, "--skill", "b", "--project", ...TARGET]);
    stay();
    expect(texts()).toEqual([expect.stringContaining('"b"'), expect.stringContaining('"b"')]);
    rmSync(join(dotfiles, "new"), { recursive: true });
    await run(["init", "--force"]);
    stay();
    expect(readFileSync(toml, "utf8")).toContain("version = 1");
  });

  it("may lead to another file system", async () => {
    const { sandbox, repo, run } = await withSource();
    const shm = mkdtempSync("/dev/shm/eden-linked-");
    try {
      for (const name of ["skills.toml", "skills.lock"]) symlinkSync(join(shm, name), join(sandbox.project, name));
      writeFileSync(join(shm, "skills.toml"), "version = 1\n");
      await run(["install", repo, "--skill", "a", ...TARGET]);
      expect(readFileSync(join(shm, "skills.lock"), "utf8")).toContain('"a"');
      expect(lstatSync(sandbox.lockfilePath).isSymbolicLink()).toBe(true);
    } finally {
      rmSync(shm, { recursive: true });
    }
  });

  it("stay links in lock merge, too", async () => {
    const { sandbox, repo, run } = await withSource();
    const { toml, lock, stay } = link(sandbox);
    writeFileSync(toml, manifestOf([{ id: "a", repo, subpath: "a" }]));
    await run(["apply"]);
    writeFileSync(join(sandbox.project, "base.lock"), "");
    writeFileSync(
      join(sandbox.project, "theirs.lock"),
      readFileSync(lock, "utf8").replaceAll('"a"', '"z"').replaceAll("skills/a", "skills/z"),
    );
    await run(["lock", "merge", "base.lock", "skills.lock", "theirs.lock"]);
    stay();
    expect(readFileSync(lock, "utf8")).toContain('"z"');
  });

  it("that go round are an error of theirs", async () => {
    const { sandbox, run } = await withSource();
    symlinkSync("skills.toml", sandbox.manifestPath);
    expect((await run(["apply"], 1)).error.code).toBe("PERMISSION_DENIED");
  });
});

describe("one manifest with two names [R-MANIFEST-18]", () => {
  it("is one through a linked directory: its state, its history, its receipt, its locks", async () => {
    const { sandbox, repository, repo, run } = await withSource();
    sandbox.writeManifest(manifestOf([{ id: "a", repo, subpath: "a", mode: "copy" }]));
    const also = join(sandbox.root, "also");
    symlinkSync("project", also);
    const there = { cwd: also };
    await run(["apply"]);
    const named = ["--config", join(also, "skills.toml")];
    expect((await run(["apply", ...named])).summary.install).toMatchObject({ noop: 1 });
    await repository.commit({ files: { "a/SKILL.md": skillText("a", "Newer.") } });
    expect((await run(["update", ...named])).summary.install).toMatchObject({ update: 1 });
    expect((await run(["history", ...named])).count).toBe(2);
    expect((await run(["rollback"])).skills[0].targets[0].action).toBe("update");
    await sandbox.run(["apply"]);
    expect(readdirSync(join(sandbox.storage, "state")).filter((name) => name.endsWith(".json"))).toHaveLength(1);
    await run(["remove", "a", ...named], 0, there);
    expect(existsSync(join(sandbox.home, ".claude/skills/a"))).toBe(false);
  });

  it("has live links that are the same by either name", async () => {
    const { sandbox, run } = await withSource();
    mkdirSync(join(sandbox.project, "mine/a"), { recursive: true });
    writeFileSync(join(sandbox.project, "mine/a/SKILL.md"), skillText("a"));
    sandbox.writeManifest(manifestOf([{ id: "a", repo: "./mine/a" }]));
    symlinkSync("project", join(sandbox.root, "also"));
    await run(["apply", "--config", join(sandbox.root, "also/skills.toml")]);
    expect((await run(["apply"])).summary.install).toMatchObject({ noop: 1 });
  });

  it("is one through a link to the file: neither name is in the way of the other, and what one wrote the other replaces", async () => {
    const { sandbox, repository, repo, run } = await withSource();
    sandbox.writeManifest(manifestOf([{ id: "a", repo, subpath: "a", mode: "copy" }]));
    mkdirSync(join(sandbox.root, "other"));
    const other = join(sandbox.root, "other/skills.toml");
    symlinkSync("../project/skills.toml", other);
    await run(["apply"]);
    await repository.commit({ files: { "a/SKILL.md": skillText("a", "Newer.") } });
    expect((await run(["apply", "--config", other])).summary.install).toMatchObject({ update: 1 });
    await run(["update"]);
    expect((await run(["apply"])).summary.install).toMatchObject({ noop: 1 });
    await run(["remove", "a", "--config", other]);
    expect(existsSync(join(sandbox.home, ".claude/skills/a"))).toBe(false);
  });

  it("in two projects means each of them: a run in one leaves the other alone", async () => {
    const { sandbox, repo, run } = await withSource();
    const shared = join(sandbox.root, "shared.toml");
    writeFileSync(shared, manifestOf([{ id: "a", repo, subpath: "a" }], 'scope = "project"'));
    for (const name of ["one", "two"]) {
      mkdirSync(join(sandbox.root, name));
      symlinkSync("../shared.toml", join(sandbox.root, name, "skills.toml"));
      await run(["apply"], 0, { cwd: join(sandbox.root, name) });
    }
    for (const name of ["one", "two"]) {
      expect((await run(["apply"], 0, { cwd: join(sandbox.root, name) })).summary.install).toMatchObject({ noop: 1 });
      expect(lstatSync(join(sandbox.root, name, ".claude/skills/a")).isSymbolicLink()).toBe(true);
    }
  });
});
