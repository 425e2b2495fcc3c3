import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const PROJECT = 'scope = "project"';

async function withRepository(): Promise<{ sandbox: Sandbox; repo: string }> {
  const sandbox = use.sandbox();
  const files = { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") };
  const repository = await createRepository(join(sandbox.root, "served/one.git"), { files });
  return { sandbox, repo: `file://${repository.dir}` };
}

describe("one bad target", () => {
  it("is its own failure: links that go round stop nobody else's install [R-REACTOR-05]", async () => {
    const { sandbox, repo } = await withRepository();
    symlinkSync(".agents", join(sandbox.project, ".agents"));
    sandbox.writeManifest(
      manifestOf(
        [
          { id: "a", repo, subpath: "a", agents: ["cursor"] },
          { id: "b", repo, subpath: "b" },
        ],
        PROJECT,
      ),
    );
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code).toBe(1);
    expect(result.json().skills.map((skill: any) => skill.status)).toEqual(["failed", "installed"]);
    expect(result.json().skills[0].diagnostics[0].code).toBe("PERMISSION_DENIED");
    expect((await sandbox.run(["plan"])).code).toBe(0);
  });
});

describe("two paths to one place", () => {
  it("are one place: dropping one agent does not remove the other's skill [R-INSTALL-05]", async () => {
    const { sandbox, repo } = await withRepository();
    mkdirSync(join(sandbox.project, ".claude/skills"), { recursive: true });
    mkdirSync(join(sandbox.project, ".agents"));
    symlinkSync("../.claude/skills", join(sandbox.project, ".agents/skills"));
    const skill: SkillSpec = { id: "a", repo, subpath: "a", agents: ["claude-code", "cursor"] };
    sandbox.writeManifest(manifestOf([skill], PROJECT));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    sandbox.writeManifest(manifestOf([{ ...skill, agents: ["claude-code"] }], PROJECT));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(existsSync(join(sandbox.project, ".claude/skills/a/SKILL.md"))).toBe(true);
    expect((await sandbox.run(["plan", "--check"])).code).toBe(0);
  });
});

describe("what was ours once", () => {
  it("is forgotten when it is gone: what the user puts there later is the user's [R-PLAN-02]", async () => {
    const { sandbox, repo } = await withRepository();
    const path = join(sandbox.home, ".claude/skills/a");
    const both: SkillSpec[] = [
      { id: "a", repo, subpath: "a", mode: "copy" },
      { id: "b", repo, subpath: "b" },
    ];
    sandbox.writeManifest(manifestOf(both));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await cp(path, join(sandbox.root, "mine"), { recursive: true });
    rmSync(path, { recursive: true });
    sandbox.writeManifest(manifestOf(both.slice(1)));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await cp(join(sandbox.root, "mine"), path, { recursive: true });
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(existsSync(join(path, "SKILL.md"))).toBe(true);
  });
});

describe("a manifest that changes while a run is at work", () => {
  it("is not overruled by the older one: that run installs nothing and says so [R-SYSTEM-02]", async () => {
    const sandbox = use.sandbox();
    for (const name of ["one", "two"]) {
      await createRepository(join(sandbox.root, "served", `${name}.git`), { files: { "SKILL.md": skillText(name) } });
    }
    const remote = await use.remote(sandbox, {
      delayFor: (repository, kind) => (repository === "one.git" && kind === "fetch" ? 600 : 0),
    });
    const entry = (id: string): SkillSpec => ({ id, repo: `${remote.url}/${id}.git` });
    sandbox.writeManifest(manifestOf([entry("one")]));
    const slow = sandbox.spawn(["apply", "--json"]);
    while (remote.traffic.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    sandbox.writeManifest(manifestOf([entry("two")]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const result = await slow.finished;
    expect(result.code).toBe(1);
    expect(result.json().diagnostics.at(-1).code).toBe("MANIFEST_CHANGED");
    expect(result.json().skills[0]).toMatchObject({ status: "failed" });
    expect(readdirSync(join(sandbox.home, ".claude/skills"))).toEqual(["two"]);
    expect((await sandbox.run(["plan", "--check"])).code).toBe(0);
  });
});

describe("selected skills", () => {
  it("change nothing of the others: neither targets nor lockfile, even of those that left the manifest [R-LOCK-07]", async () => {
    const { sandbox, repo } = await withRepository();
    sandbox.writeManifest(
      manifestOf([
        { id: "a", repo, subpath: "a" },
        { id: "b", repo, subpath: "b" },
      ]),
    );
    expect((await sandbox.run(["apply"])).code).toBe(0);
    sandbox.writeManifest(manifestOf([{ id: "a", repo, subpath: "a" }]));
    expect((await sandbox.run(["apply", "a"])).code).toBe(0);
    expect(readdirSync(join(sandbox.home, ".claude/skills"))).toEqual(["a", "b"]);
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(3);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(readdirSync(join(sandbox.home, ".claude/skills"))).toEqual(["a"]);
  });

  it("applied at once by two processes are both locked and both recorded [R-SYSTEM-02]", async () => {
    const { sandbox, repo } = await withRepository();
    sandbox.writeManifest(
      manifestOf([
        { id: "a", repo, subpath: "a" },
        { id: "b", repo, subpath: "b", mode: "copy" },
      ]),
    );
    const results = await Promise.all([sandbox.run(["apply", "a"]), sandbox.run(["apply", "b"])]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
  });
});

describe("a git that hangs", () => {
  it("ends with the attempt, not with its own time [R-REACTOR-09]", async () => {
    const { sandbox, repo } = await withRepository();
    const bin = join(sandbox.root, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "git"), "#!/bin/sh\nexec sleep 30\n", { mode: 0o755 });
    sandbox.writeManifest(manifestOf([{ id: "a", repo, subpath: "a" }]));
    const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
    const result = await sandbox.run(["apply", "--json", "--timeout", "700ms", "--retries", "0"], { env });
    expect(result.code).toBe(1);
    expect(result.elapsedMs).toBeLessThan(5000);
    const old = "#!/bin/sh\necho git version 2.10.0\n";
    writeFileSync(join(bin, "git"), old, { mode: 0o755 });
    const refused = await sandbox.run(["apply", "--json"], { env });
    expect(refused.json().skills[0].diagnostics[0]).toMatchObject({
      code: "GIT_MISSING",
      message: expect.stringContaining("2.32 required, found 2.10.0"),
    });
  });
});
