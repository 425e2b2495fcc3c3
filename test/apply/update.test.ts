import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
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

  it("starts one git, to see that it is there, when nothing moved [R-UPDATE-02]", async () => {
    const { sandbox } = await setUp();
    const report = (await sandbox.run(["update", "--json"])).json();
    expect(report.metrics.git_processes).toBe(1);
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

  it("leaves a ref that is a commit where it is, and follows a branch and a tag [R-UPDATE-01]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(join(sandbox.root, "served/r.git"), {
      files: { "SKILL.md": skillText("x") },
    });
    const commit = await repository.revParse("main");
    await repository.git(["tag", "v1"]);
    await repository.git(["branch", "side"]);
    const { url } = await use.remote(sandbox);
    const refs = { branch: "side", fixed: commit, tag: "v1" };
    sandbox.writeManifest(manifestOf(Object.entries(refs).map(([id, ref]) => ({ id, ref, repo: `${url}/r.git` }))));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await repository.commit({ files: { "SKILL.md": skillText("x", "Better.") } });
    const next = await repository.revParse("main");
    await repository.git(["tag", "-f", "v1", next]);
    await repository.git(["branch", "-f", "side", next]);
    const { skills } = (await sandbox.run(["update", "--json"])).json();
    expect(skills.map((skill: { commit: string }) => skill.commit)).toEqual([next, commit, next]);
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
    expect([current.code, current.stdout]).toEqual([
      0,
      "outdated: current=3 outdated=0 pinned=0 missing=0 unreachable=0\n",
    ]);
    const two = (await repositories["two"]?.revParse("main")) ?? "";
    const latest = await move("two");
    const requests = remote.traffic.log.length;
    const result = await sandbox.run(["outdated", "--json"]);
    expect([result.code, remote.traffic.log.length - requests, lock()]).toEqual([0, 3, before]);
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
      `outdated two ${two.slice(0, 12)} → ${latest.slice(0, 12)}\noutdated: current=2 outdated=1 pinned=0 missing=0 unreachable=0\n\`eden-skills update\` moves the pins.\n`,
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
      { id: "fixed", status: "pinned", latest: commit },
      { id: "gone", status: "missing", latest: null },
      { id: "new", status: "outdated", current: null, latest: commit },
    ]);
    const offline = await sandbox.run(["outdated", "--offline", "--json"]);
    expect([offline.code, offline.json().skills[0].status]).toEqual([1, "unreachable"]);
  });
});
