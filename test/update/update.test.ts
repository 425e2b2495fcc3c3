import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import { removeTree } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Three applied repositories of one skill each behind a server. */
async function setUp(change: (spec: SkillSpec) => SkillSpec = (spec) => spec) {
  const sandbox = use.sandbox();
  const repositories: Record<string, Repository> = {};
  const names = ["one", "two", "three"];
  for (const name of names)
    repositories[name] = await createRepository(join(sandbox.root, `served/${name}.git`), {
      files: { "SKILL.md": skillText(name) },
    });
  const remote = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf(names.map((id) => change({ id, repo: `${remote.url}/${id}.git` }))));
  const first = await sandbox.run(["apply", "--json"]);
  expect(first.code, first.stdout).toBe(0);
  const move = async (name: string) => {
    await repositories[name]?.commit({ files: { "SKILL.md": skillText(name, "Do it better.") } });
    return (await repositories[name]?.revParse("main")) ?? "";
  };
  const installed = (name: string) => readFileSync(join(sandbox.home, `.claude/skills/${name}/SKILL.md`), "utf8");
  const lock = () => readFileSync(sandbox.lockfilePath, "utf8");
  return { sandbox, remote, repositories, move, installed, lock };
}

/** Applied skills of one repository at these refs (`commit`: the commit itself), all of which point to a new commit afterwards. */
async function withRefs(refs: Record<string, string>, annotated = false) {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "served/r.git"), {
    files: { "SKILL.md": skillText("x") },
  });
  const commit = await repository.revParse("main");
  const message = annotated ? { message: "a tag" } : {};
  await repository.tag("v1", message);
  await repository.branch("side");
  const { url } = await use.remote(sandbox);
  const repo = `${url}/r.git`;
  const skills = Object.entries(refs).map(([id, ref]) => ({ id, ref: ref === "commit" ? commit : ref, repo }));
  sandbox.writeManifest(manifestOf(skills));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const next = await repository.commit({ files: { "SKILL.md": skillText("x", "Better.") } });
  await repository.tag("v1", { at: next, ...message });
  await repository.branch("side", next);
  return { sandbox, commit, next };
}

/** A directory with a `git` that writes a line into a file for each time it is started. */
function loggingGit(directory: string, log: string): string {
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  mkdirSync(directory);
  writeFileSync(join(directory, "git"), `#!/bin/sh\necho "$*" >> '${log}'\nexec '${real}' "$@"\n`);
  chmodSync(join(directory, "git"), 0o755);
  return directory;
}

describe("update", () => {
  it("moves what moved upstream, and asks the rest only where it is [R-UPDATE-01] [R-UPDATE-02]", async () => {
    const { sandbox, remote, move, installed, lock } = await setUp();
    const commit = await move("two");
    expect((await sandbox.run(["apply", "--json"])).json().summary.sync.updated).toBe(0);
    expect(installed("two")).not.toContain("better");
    const before = remote.traffic.log.length;
    const result = await sandbox.run(["update", "--json"]);
    expect(result.code, result.stdout).toBe(0);
    const report = result.json();
    expect(report).toMatchObject({ command: "update", outcome: "ok", exit_code: 0 });
    expect(report.summary).toMatchObject({
      sync: { cloned: 0, updated: 1, skipped: 2, failed: 0 },
      install: { update: 1, noop: 2 },
    });
    expect(report.skills[1]).toMatchObject({ id: "two", status: "installed", commit });
    const asked = remote.traffic.log.slice(before);
    expect(asked.filter(({ repository }) => repository !== "two.git").map(({ kind }) => kind)).toEqual([
      "ls-refs",
      "ls-refs",
    ]);
    expect(asked.filter(({ kind }) => kind === "fetch")).toHaveLength(1);
    expect([installed("two").includes("better"), lock().includes(commit)]).toEqual([true, true]);
  });

  it("starts two gits, for its version and the owner's settings, when nothing moved [R-UPDATE-02]", async () => {
    const { sandbox } = await setUp();
    const report = (await sandbox.run(["update", "--json"])).json();
    expect(report.metrics.git_processes).toBe(2);
    expect(report.summary.sync).toMatchObject({ skipped: 3, updated: 0, cloned: 0 });
  });

  it("of one skill keeps the pins of the others [R-UPDATE-03]", async () => {
    const { sandbox, move, installed } = await setUp();
    await move("one");
    await move("two");
    expect((await sandbox.run(["update", "two"])).code).toBe(0);
    expect([installed("one").includes("better"), installed("two").includes("better")]).toEqual([false, true]);
    expect((await sandbox.run(["update", "--frozen"])).code).toBe(2);
  });

  it("leaves a ref that is a commit where it is, and follows a branch [R-UPDATE-01]", async () => {
    const { sandbox, next, commit } = await withRefs({ branch: "side", fixed: "commit" });
    const { skills } = (await sandbox.run(["update", "--json"])).json();
    expect(skills.map((skill: { commit: string }) => skill.commit)).toEqual([next, commit]);
  });

  it.each(["plain", "annotated"])(
    "keeps the pin of a %s tag that was moved, says so and exits 3, unless it is forced [R-UPDATE-09] [R-THREAT-46]",
    async (kind) => {
      const { sandbox, next, commit } = await withRefs({ branch: "side", tag: "v1" }, kind === "annotated");
      const result = await sandbox.run(["update", "--json"]);
      expect([result.code, result.json().outcome]).toEqual([3, "conflict"]);
      expect(result.json().skills).toMatchObject([
        { id: "branch", status: "installed", commit: next },
        { id: "tag", status: "conflict", commit, diagnostics: [{ code: "TAG_MOVED", severity: "warning" }] },
      ]);
      const locked = readFileSync(sandbox.lockfilePath, "utf8");
      expect([locked.includes(commit), locked.includes(next)]).toEqual([true, true]);
      for (const quiet of [[], ["--quiet"]]) {
        const text = await sandbox.run(["update", ...quiet]);
        const said = `! tag not updated  TAG_MOVED\n  the tag was moved from ${commit.slice(0, 12)} to ${next.slice(0, 12)}; its pin stays\n`;
        expect([text.code, text.stdout.split(said).length]).toEqual([3, 2]);
        expect(text.stderr).not.toContain("TAG_MOVED");
      }
      const [, dry] = (await sandbox.run(["update", "--dry-run", "--json"])).json().skills;
      expect(dry).toMatchObject({ from: commit, to: next, status: "outdated", held: "its tag was moved" });
      expect(dry.files).toEqual([{ path: "SKILL.md", change: "modified" }]);
      expect((await sandbox.run(["update", "--dry-run", "--strict"])).code).toBe(3);
      expect((await sandbox.run(["update", "--dry-run"])).stdout).toContain("\n  held: its tag was moved; ");
      expect((await sandbox.run(["update", "--offline"])).code).toBe(3);
      const forced = await sandbox.run(["update", "--force", "--json"]);
      expect([forced.code, forced.json().skills[1]]).toMatchObject([0, { status: "installed", commit: next }]);
      expect(forced.json().skills[1].diagnostics).toMatchObject([{ code: "TAG_MOVED", severity: "info" }]);
      const again = await sandbox.run(["update", "--json"]);
      expect([again.code, again.json().skills[1].diagnostics]).toEqual([0, []]);
    },
  );

  it("follows a branch that was rewritten, and says so; not of one that went on [R-UPDATE-11]", async () => {
    const { sandbox, remote, repositories, installed } = await setUp();
    const from = (await repositories["one"]?.revParse("main")) ?? "";
    const files = (text: string) => ({ files: { "SKILL.md": skillText("x", text) } });
    const to = (await repositories["one"]?.commit({ ...files("Rewritten."), orphan: true })) ?? "";
    for (const text of ["Better.", "Best."]) await repositories["two"]?.commit(files(text));
    await repositories["three"]?.commit(files("Better."));
    const fetches = () => remote.traffic.count({ kind: "fetch", repository: "three.git" });
    const before = fetches();
    const [dry, other] = (await sandbox.run(["update", "--dry-run", "--json"])).json().skills;
    expect([dry, other]).toMatchObject([
      { from, to, held: null, rewritten: true },
      { status: "outdated", rewritten: false },
    ]);
    expect(fetches()).toBe(before + 1);
    const said = "the new commit does not descend from the pinned one";
    expect((await sandbox.run(["update", "--dry-run"])).stdout).toContain(`\n  rewritten: ${said}\n  files: `);
    expect((await sandbox.run(["outdated", "--diff", "--markdown"])).stdout).toContain(`\n- **rewritten**: ${said}\n`);
    const result = await sandbox.run(["update", "--json"]);
    expect(result.code, result.stdout).toBe(0);
    expect(result.json().skills.map(({ diagnostics }: any) => diagnostics.map(({ message }: any) => message))).toEqual([
      [`${to.slice(0, 12)} does not descend from ${from.slice(0, 12)}: its branch was rewritten`],
      [],
      [],
    ]);
    expect(installed("one")).toContain("Rewritten.");
    expect(readdirSync(join(sandbox.storage, "staging"))).toEqual([]);
  });

  it("keeps the pin of a moved tag where the store lacks its content, too [R-UPDATE-09]", async () => {
    const { sandbox, commit } = await withRefs({ tag: "v1" });
    await removeTree(sandbox.storage);
    const result = await sandbox.run(["update", "--json"]);
    expect([result.code, result.json().skills[0]]).toMatchObject([3, { status: "conflict", commit }]);
    expect(readFileSync(join(sandbox.home, ".claude/skills/tag/SKILL.md"), "utf8")).toBe(skillText("x"));
  });

  it("leaves the pin of an edited copy, in all of its targets, until it is forced [R-UPDATE-10]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(join(sandbox.root, "r.git"), {
      files: { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") },
    });
    const old = await repository.revParse("main");
    const skill = (id: string) => ({ id, repo: `file://${repository.dir}`, subpath: id, mode: "copy" as const });
    const agents = ["claude-code", "cursor"];
    sandbox.writeManifest(manifestOf([{ ...skill("a"), agents }, skill("b")]));
    const targets: string[] = (await sandbox.run(["apply", "--json"]))
      .json()
      .skills[0].targets.map(({ path }: any) => path);
    expect(targets).toHaveLength(2);
    const [mine = "", other = ""] = targets.map((path) => join(path, "SKILL.md"));
    writeFileSync(mine, "edited");
    const next = await repository.commit({
      files: { "a/SKILL.md": skillText("a", "Better."), "b/SKILL.md": skillText("b", "Better.") },
    });
    const [dry] = (await sandbox.run(["update", "--dry-run", "--json"])).json().skills;
    expect(dry).toMatchObject({ from: old, to: next, held: "a copy of it was edited" });
    for (const lose of [false, true]) {
      // What is pinned is brought back where the store has lost it.
      if (lose) for (const path of [join(sandbox.storage, "store"), dirname(other)]) await removeTree(path);
      const result = await sandbox.run(["update", "--json"]);
      expect(result.code, result.stdout).toBe(3);
      const [a, b] = result.json().skills;
      expect([a.status, a.commit, b.commit]).toEqual(["conflict", old, next]);
      const told = a.targets.map(({ action, reasons }: any) => [action, ...reasons].join(" "));
      expect(told.toSorted()).toEqual(["conflict modified locally", lose ? "create nothing is there" : "noop"]);
      expect([readFileSync(mine, "utf8"), readFileSync(other, "utf8")]).toEqual(["edited", skillText("a")]);
      const pins = [...readFileSync(sandbox.lockfilePath, "utf8").matchAll(/resolved_commit = "(\w+)"/gu)];
      expect(pins.map(([, commit]) => commit)).toEqual([old, next]);
    }
    const forced = await sandbox.run(["update", "--force", "--json"]);
    expect([forced.code, forced.json().skills[0].commit]).toEqual([0, next]);
    expect([readFileSync(mine, "utf8"), readFileSync(other, "utf8")]).toEqual(Array(2).fill(skillText("a", "Better.")));
  });

  it("of an edited copy whose pinned content is lost is one run: every git process is in the report [R-UPDATE-14]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(join(sandbox.root, "served/r.git"), {
      files: { "SKILL.md": skillText("a") },
    });
    const { url } = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "a", repo: `${url}/r.git`, mode: "copy" }]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    writeFileSync(join(sandbox.home, ".claude/skills/a/SKILL.md"), "edited");
    for (const name of ["store", "mirrors"]) await removeTree(join(sandbox.storage, name));
    await repository.commit({ files: { "SKILL.md": skillText("a", "Better.") } });
    const started = join(sandbox.root, "started");
    const env = { PATH: `${loggingGit(join(sandbox.root, "bin"), started)}:${process.env["PATH"] ?? ""}` };
    const result = await sandbox.run(["update", "--json"], { env });
    expect([result.code, result.json().skills[0].status]).toEqual([3, "conflict"]);
    const processes = readFileSync(started, "utf8").trim().split("\n");
    expect(result.json().metrics.git_processes, processes.join("\n")).toBe(processes.length);
    expect(result.json().summary.sync).toMatchObject({ cloned: 1, failed: 0 });
  });

  it("keeps the old pin of what fails, and says so [R-UPDATE-01]", async () => {
    const { sandbox, remote, move, lock, installed } = await setUp();
    await move("one");
    await move("two");
    remote.fail("two.git", { kind: "status", status: 404 });
    const before = lock();
    const result = await sandbox.run(["update", "--json", "--retries", "0"]);
    expect([result.code, result.json().skills.map(({ status }: { status: string }) => status)]).toEqual([
      1,
      ["installed", "failed", "unchanged"],
    ]);
    expect(installed("two")).not.toContain("better");
    const pinOf = (text: string) => /id = "two"[\s\S]*?resolved_commit = "(\w+)"/u.exec(text)?.[1];
    expect(pinOf(lock())).toBe(pinOf(before));
  });
});

describe("outdated", () => {
  it("tells what moved, and changes nothing [R-UPDATE-04]", async () => {
    const { sandbox, remote, move, lock, repositories } = await setUp();
    const one = await repositories["one"]?.revParse("main");
    const before = lock();
    const current = await sandbox.run(["outdated", "--strict"]);
    expect([current.code, current.stdout]).toEqual([0, "outdated: 3 skills\n3 of 3 skills current\n"]);
    const two = (await repositories["two"]?.revParse("main")) ?? "";
    const latest = await move("two");
    const requests = () => remote.traffic.log.filter(({ kind }) => kind === "ls-refs").length;
    const asked = requests();
    const result = await sandbox.run(["outdated", "--json"]);
    expect([result.code, requests() - asked, lock()]).toEqual([0, 3, before]);
    expect(result.json()).toMatchObject({
      schema_version: 1,
      command: "outdated",
      count: 3,
      skills: [
        { id: "one", ref: null, current: one, latest: one, status: "current" },
        { id: "two", ref: null, current: two, latest, status: "outdated" },
        { id: "three", status: "current" },
      ],
    });
    const text = await sandbox.run(["outdated", "--strict"]);
    expect([text.code, text.stdout]).toEqual([
      3,
      `outdated: 3 skills\noutdated two ${two.slice(0, 7)} → ${latest.slice(0, 7)}\n\`eden-skills update\` moves the pins.\n2 of 3 skills current, 1 outdated\n`,
    ]);
    expect((await sandbox.run(["outdated", "two", "--json"])).json().count).toBe(1);
  });

  it("tells what is gone, what cannot be asked and what is a commit, and exits 1 [R-UPDATE-04]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(join(sandbox.root, "served/r.git"), {
      files: { "SKILL.md": skillText("x") },
    });
    const commit = await repository.revParse("main");
    const { url } = await use.remote(sandbox);
    sandbox.writeManifest(
      manifestOf([
        { id: "absent", repo: `${url}/absent.git` },
        { id: "fixed", repo: `${url}/r.git`, ref: commit },
        { id: "gone", repo: `${url}/r.git`, ref: "gone" },
        { id: "local", repo: sandbox.project, mode: "copy" },
        { id: "new", repo: `${url}/r.git` },
      ]),
    );
    const result = await sandbox.run(["outdated", "--json", "--retries", "0"]);
    expect(result.code).toBe(1);
    expect(result.json().skills).toMatchObject([
      { id: "absent", status: "unreachable", latest: null },
      { id: "fixed", status: "missing", latest: commit },
      { id: "gone", status: "unreachable", latest: null },
      { id: "new", status: "missing", current: null, latest: commit },
    ]);
    const offline = await sandbox.run(["outdated", "--offline", "--json"]);
    expect([offline.code, offline.json().skills[0].status]).toEqual([1, "unreachable"]);
  });
});
