import { existsSync, lstatSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startGitDaemon } from "../helpers/git-daemon.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import type { RunResult } from "../helpers/cli-process.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { sshdAvailable, startSshRemote } from "../helpers/ssh-remote.js";
import { gitTree, readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const served = (sandbox: Sandbox, name: string) => join(sandbox.root, "served", name);
const installed = (sandbox: Sandbox, id: string) => join(sandbox.home, ".claude/skills", id);

async function apply(
  sandbox: Sandbox,
  skills: readonly SkillSpec[],
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<RunResult> {
  sandbox.writeManifest(manifestOf(skills));
  return await sandbox.run(["apply", "--json", ...args], { env });
}

describe("transports [R-GIT-06]", () => {
  it("git:// on loopback [R-THREAT-07]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(served(sandbox, "one.git"), { files: { "a/SKILL.md": skillText("a") } });
    const daemon = await startGitDaemon({ root: join(sandbox.root, "served") });
    try {
      const result = await apply(sandbox, [{ id: "a", repo: daemon.urlOf("one.git"), subpath: "a" }]);
      expect(result.code, result.stdout).toBe(0);
      expect(await readTree(installed(sandbox, "a"))).toEqual(await gitTree(repository.dir, "HEAD", "a"));
    } finally {
      await daemon.close();
    }
  });

  it.runIf(sshdAvailable())(
    "ssh:// and git@host:path, with a key, and FETCH_AUTH without one or with an unknown or changed host key [R-SEC-10] [R-THREAT-22]",
    async () => {
      const sandbox = use.sandbox();
      await createRepository(served(sandbox, "one.git"), { files: { "a/SKILL.md": skillText("a") } });
      const remote = await startSshRemote({ root: join(sandbox.root, "served") });
      try {
        const skills: SkillSpec[] = [
          { id: "by-url", repo: remote.urlOf("one.git", "url"), subpath: "a" },
          { id: "by-scp", repo: remote.urlOf("one.git", "scp"), subpath: "a" },
        ];
        const result = await apply(sandbox, skills, [], remote.env);
        expect(result.code, result.stdout).toBe(0);
        expect(existsSync(join(installed(sandbox, "by-scp"), "SKILL.md"))).toBe(true);
        remote.trust("none");
        const unknown = await apply(
          sandbox,
          [{ id: "c", repo: remote.urlOf("one.git", "url"), ref: "main" }],
          [],
          remote.env,
        );
        expect(unknown.json().skills[0].diagnostics[0]).toMatchObject({
          code: "FETCH_AUTH",
          message: expect.stringContaining("host key"),
        });
        remote.trust("changed");
        const changed = await apply(
          sandbox,
          [{ id: "c", repo: remote.urlOf("one.git", "url"), ref: "main" }],
          [],
          remote.env,
        );
        const [skill] = changed.json().skills;
        expect([skill.sync.attempts, skill.diagnostics[0].code, skill.diagnostics[0].message]).toEqual([
          1,
          "FETCH_AUTH",
          expect.stringMatching(/host key.*has changed/u),
        ]);
        remote.trust("right");
        remote.authorize(false);
        const refused = await apply(
          sandbox,
          [{ id: "d", repo: remote.urlOf("one.git", "url"), ref: "main" }],
          [],
          remote.env,
        );
        expect(refused.json().skills[0].diagnostics[0]).toMatchObject({ code: "FETCH_AUTH" });
      } finally {
        await remote.close();
      }
    },
  );

  it("file://, and a local repository by path with a ref", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(served(sandbox, "one.git"), { files: { "a/SKILL.md": skillText("a") } });
    await repository.tag("v1");
    const result = await apply(sandbox, [
      { id: "by-url", repo: `file://${repository.dir}`, subpath: "a" },
      { id: "by-path", repo: repository.dir, ref: "v1", subpath: "a" },
      { id: "bare", repo: repository.dir, subpath: "a" },
    ]);
    expect(result.code, result.stdout).toBe(0);
    const commit = await repository.revParse("HEAD");
    expect(result.json().skills.map((skill: any) => skill.commit)).toEqual([commit, commit, commit]);
  });
});

describe("refs [R-GIT-06]", () => {
  for (const objectFormat of ["sha1", "sha256"] as const) {
    it(`branch, light tag, annotated tag, full commit, none: in a ${objectFormat} repository [R-FAULT-28]`, async () => {
      const sandbox = use.sandbox();
      const repository = await createRepository(served(sandbox, "one.git"), {
        objectFormat,
        files: { "a/SKILL.md": skillText("first") },
      });
      const first = await repository.revParse("HEAD");
      await repository.tag("light");
      await repository.tag("annotated", { message: "One" });
      const second = await repository.commit({ files: { "a/SKILL.md": skillText("second") } });
      await repository.branch("old", first);
      const remote = await use.remote(sandbox);
      const repo = `${remote.url}/one.git`;
      const refs = { none: undefined, main: "main", old: "old", light: "light", annotated: "annotated", commit: first };
      const result = await apply(
        sandbox,
        Object.entries(refs).map(([id, ref]) => ({ id, repo, subpath: "a", ...(ref !== undefined && { ref }) })),
      );
      expect(result.code, result.stdout).toBe(0);
      expect(result.json().skills.map((skill: any) => [skill.id, skill.commit])).toEqual([
        ["none", second],
        ["main", second],
        ["old", first],
        ["light", first],
        ["annotated", first],
        ["commit", first],
      ]);
      expect(await readTree(installed(sandbox, "annotated"))).toEqual(await gitTree(repository.dir, first, "a"));
    });
  }

  it("an empty repository is REF_NOT_FOUND and says that it is empty [R-FAULT-27]", async () => {
    const sandbox = use.sandbox();
    await createRepository(served(sandbox, "empty.git"));
    const remote = await use.remote(sandbox);
    const result = await apply(sandbox, [{ id: "a", repo: `${remote.url}/empty.git` }]);
    expect(result.code).toBe(1);
    expect(result.json().skills[0].diagnostics[0]).toMatchObject({
      code: "REF_NOT_FOUND",
      message: expect.stringContaining("empty"),
    });
  });

  it("stay pinned when the branch moves; a changed ref is resolved anew and the link is swapped [R-LOCK-03]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(served(sandbox, "one.git"), {
      files: { "SKILL.md": skillText("first") },
    });
    const first = await repository.revParse("HEAD");
    const remote = await use.remote(sandbox);
    const repo = `${remote.url}/one.git`;
    expect((await apply(sandbox, [{ id: "a", repo }])).code).toBe(0);
    const second = await repository.commit({ files: { "SKILL.md": skillText("second") } });
    const pinned = await apply(sandbox, [{ id: "a", repo }]);
    expect(pinned.json().skills[0]).toMatchObject({ commit: first, status: "unchanged" });
    const moved = await apply(sandbox, [{ id: "a", repo, ref: "main" }]);
    expect(moved.json().skills[0]).toMatchObject({
      commit: second,
      status: "installed",
      targets: [{ action: "update" }],
    });
    expect(readFileSync(join(installed(sandbox, "a"), "SKILL.md"), "utf8")).toBe(skillText("second"));
  });
});

describe("a directory of the user's own", () => {
  it("is linked live in symlink mode and snapshotted in copy mode, which follows its edits", async () => {
    const sandbox = use.sandbox();
    const source = join(sandbox.project, "mine");
    sandbox.writeManifest(skillText("mine", "one"), "mine/SKILL.md");
    const skills: SkillSpec[] = [
      { id: "live", repo: "./mine" },
      { id: "copied", repo: "./mine", mode: "copy" },
    ];
    const first = await apply(sandbox, skills);
    expect(first.code, first.stdout).toBe(0);
    expect(readlinkSync(installed(sandbox, "live"))).toBe(source);
    expect(first.json().skills[0]).toMatchObject({ commit: "", tree: "", integrity: "" });
    expect(lstatSync(installed(sandbox, "copied")).isDirectory()).toBe(true);
    expect((await sandbox.run(["plan", "--check"])).code).toBe(0);
    writeFileSync(join(source, "SKILL.md"), skillText("mine", "two"));
    expect((await sandbox.run(["plan", "--check"])).code).toBe(3);
    const second = await apply(sandbox, skills);
    expect(second.json().skills.map((skill: any) => skill.targets[0].action)).toEqual(["noop", "update"]);
    expect(readFileSync(join(installed(sandbox, "copied"), "SKILL.md"), "utf8")).toBe(skillText("mine", "two"));
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
  });

  it("that is absent fails alone, and a ref on a plain directory is refused", async () => {
    const sandbox = use.sandbox();
    sandbox.writeManifest(skillText("mine"), "mine/SKILL.md");
    const absent = await apply(sandbox, [
      { id: "gone", repo: "./gone" },
      { id: "mine", repo: "./mine" },
    ]);
    expect(absent.json().skills.map((skill: any) => skill.status)).toEqual(["failed", "installed"]);
    expect(absent.json().skills[0].diagnostics[0].code).toBe("FETCH_NOT_FOUND");
    const refused = await apply(sandbox, [{ id: "mine", repo: "./mine", ref: "main" }]);
    expect(refused.code).toBe(2);
    expect(refused.json().error.code).toBe("INVALID_REF");
  });
});

describe("one repository", () => {
  it("of 50 skills costs one fetch of its commits in all, and one of their contents [R-REACTOR-14] [R-GIT-09]", async () => {
    const sandbox = use.sandbox();
    const names = Array.from({ length: 50 }, (_, n) => `skill-${n}`);
    const files = Object.fromEntries(
      names.flatMap((name) => [
        [`skills/${name}/SKILL.md`, skillText(name)],
        [`skills/${name}/notes.md`, `About ${name}.\n`],
      ]),
    );
    await createRepository(served(sandbox, "many.git"), { files });
    const remote = await use.remote(sandbox);
    const result = await apply(
      sandbox,
      names.map((id) => ({ id, repo: `${remote.url}/many.git`, subpath: `skills/${id}` })),
    );
    expect(result.code, result.stdout).toBe(0);
    expect(result.json().summary).toMatchObject({ repositories: 1, sync: { cloned: 50 }, install: { create: 50 } });
    expect(remote.traffic.count({ kind: "fetch" })).toBe(2);
    expect(result.json().metrics.git_processes).toBeLessThan(12);
  });
});
