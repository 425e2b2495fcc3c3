import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const at = (sandbox: Sandbox, id: string, agent = ".claude") => join(sandbox.home, agent, "skills", id);

async function withRepository(): Promise<{
  sandbox: Sandbox;
  repository: Repository;
  repo: string;
  apply(skills: SkillSpec[], ...args: string[]): Promise<{ code: number | null; report: any }>;
}> {
  const sandbox = use.sandbox();
  const files = {
    "a/SKILL.md": skillText("a"),
    "a/run.sh": { content: "#!/bin/sh\n", executable: true },
    "b/SKILL.md": skillText("b"),
  };
  const repository = await createRepository(join(sandbox.root, "served/one.git"), { files });
  return {
    sandbox,
    repository,
    repo: `file://${repository.dir}`,
    async apply(skills, ...args) {
      sandbox.writeManifest(manifestOf(skills));
      const result = await sandbox.run(["apply", "--json", ...args]);
      return { code: result.code, report: result.json() };
    },
  };
}

describe("what we did not write [R-PLAN-02]", () => {
  for (const mode of ["symlink", "copy"] as const) {
    it(`is never replaced (${mode}): a directory, a file, a link of the user's own stand, exit 3`, async () => {
      const { sandbox, repo, apply } = await withRepository();
      mkdirSync(at(sandbox, "dir"), { recursive: true });
      writeFileSync(join(at(sandbox, "dir"), "mine.txt"), "precious");
      writeFileSync(at(sandbox, "file"), "precious");
      symlinkSync("/usr", at(sandbox, "link"));
      const { code, report } = await apply(
        ["dir", "file", "link", "free"].map((id) => ({ id, repo, subpath: "a", mode })),
      );
      expect(code).toBe(3);
      expect(report.outcome).toBe("conflict");
      expect(report.skills.map((skill: any) => skill.status)).toEqual([
        "conflict",
        "conflict",
        "conflict",
        "installed",
      ]);
      expect(readFileSync(join(at(sandbox, "dir"), "mine.txt"), "utf8")).toBe("precious");
      expect(readFileSync(at(sandbox, "file"), "utf8")).toBe("precious");
      expect(readlinkSync(at(sandbox, "link"))).toBe("/usr");
    });
  }

  it("is kept in the backups under --force, which says where [R-INSTALL-03]", async () => {
    const { sandbox, repo, apply } = await withRepository();
    mkdirSync(at(sandbox, "a"), { recursive: true });
    writeFileSync(join(at(sandbox, "a"), "mine.txt"), "precious");
    const { code, report } = await apply(
      [{ id: "a", repo, subpath: "a", agents: ["cursor", "claude-code"] }],
      "--force",
    );
    expect(code).toBe(0);
    const forced = report.skills[0].targets.find(({ agent }: any) => agent === "claude-code");
    const backup = forced.reasons.find((reason: string) => reason.startsWith("backup: ")).slice("backup: ".length);
    expect(backup).toMatch(new RegExp(`^${sandbox.storage}/backups/[^/]+/claude-code/a$`, "u"));
    expect(readFileSync(join(backup, "mine.txt"), "utf8")).toBe("precious");
    expect(readFileSync(join(at(sandbox, "a"), "SKILL.md"), "utf8")).toBe(skillText("a"));
    expect((await apply([{ id: "a", repo, subpath: "a" }])).code).toBe(0);
  });

  it("is kept when it is an edited copy: a conflict that says so, until --force [R-PLAN-02]", async () => {
    const { sandbox, repo, repository, apply } = await withRepository();
    expect((await apply([{ id: "a", repo, subpath: "a", mode: "copy" }])).code).toBe(0);
    writeFileSync(join(at(sandbox, "a"), "SKILL.md"), "edited");
    for (const ref of [undefined, "main"]) {
      await repository.commit({ files: { "a/SKILL.md": skillText("a", "newer") } });
      const { code, report } = await apply([{ id: "a", repo, subpath: "a", mode: "copy", ...(ref && { ref }) }]);
      expect(code).toBe(3);
      expect(report.skills[0].targets[0]).toMatchObject({
        action: "conflict",
        status: "conflict",
        reasons: ["modified locally"],
      });
      expect(readFileSync(join(at(sandbox, "a"), "SKILL.md"), "utf8")).toBe("edited");
    }
    expect((await apply([{ id: "a", repo, subpath: "a", mode: "copy", ref: "main" }], "--force")).code).toBe(0);
    expect(readFileSync(join(at(sandbox, "a"), "SKILL.md"), "utf8")).toBe(skillText("a", "newer"));
  });

  it("is left alone when the entry that owned it leaves the manifest, with a note, exit 0 [R-INSTALL-05]", async () => {
    const { sandbox, repo, apply } = await withRepository();
    await apply([
      { id: "a", repo, subpath: "a", mode: "copy" },
      { id: "b", repo, subpath: "b" },
    ]);
    writeFileSync(join(at(sandbox, "a"), "SKILL.md"), "edited");
    const { code, report } = await apply([{ id: "b", repo, subpath: "b" }]);
    expect(code).toBe(0);
    expect(readFileSync(join(at(sandbox, "a"), "SKILL.md"), "utf8")).toBe("edited");
    expect(report.skills.at(-1)).toMatchObject({
      id: "a",
      diagnostics: [{ severity: "info", message: expect.stringContaining("left alone") }],
    });
  });
});

describe("what we wrote", () => {
  it("is removed when its entry, or its agent, leaves the manifest [R-INSTALL-05]", async () => {
    const { sandbox, repo, apply } = await withRepository();
    const both = ["claude-code", "cursor"];
    await apply([
      { id: "a", repo, subpath: "a", agents: both },
      { id: "b", repo, subpath: "b", mode: "copy", agents: both },
    ]);
    const { code, report } = await apply([{ id: "a", repo, subpath: "a" }]);
    expect(code).toBe(0);
    expect(report.summary.install).toMatchObject({ remove: 3, noop: 1 });
    expect(report.skills.map(({ id, status }: any) => [id, status])).toEqual([
      ["a", "unchanged"],
      ["b", "removed"],
    ]);
    expect(readdirSync(join(sandbox.home, ".claude/skills"))).toEqual(["a"]);
    expect(readdirSync(join(sandbox.home, ".agents/skills"))).toEqual([]);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).not.toContain('"b"');
  });

  it("is removed by what this machine recorded, too, when the lockfile came without it [R-INSTALL-05]", async () => {
    const { sandbox, repo, apply } = await withRepository();
    await apply([
      { id: "a", repo, subpath: "a" },
      { id: "b", repo, subpath: "b", mode: "copy" },
    ]);
    rmSync(sandbox.lockfilePath);
    await apply([{ id: "a", repo, subpath: "a" }]);
    expect(readdirSync(join(sandbox.home, ".claude/skills"))).toEqual(["a"]);
  });

  it("disappears with enabled = false, whose entry stays locked without targets [R-LOCK-05]", async () => {
    const { sandbox, repo, apply } = await withRepository();
    await apply([{ id: "a", repo, subpath: "a" }]);
    const { code, report } = await apply([{ id: "a", repo, subpath: "a", extra: "enabled = false" }]);
    expect(code).toBe(0);
    expect(report.skills[0].status).toBe("removed");
    expect(existsSync(at(sandbox, "a"))).toBe(false);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toMatch(/id = "a"[\s\S]*targets = \[\]/u);
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
  });

  it("is not installed with no_exec_metadata_only: it is synced, and only reported [R-INSTALL-08]", async () => {
    const { sandbox, repo, apply } = await withRepository();
    sandbox.writeManifest(
      `${manifestOf([{ id: "a", repo, subpath: "a" }])}[skills.safety]\nno_exec_metadata_only = true\n`,
    );
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code).toBe(0);
    expect(result.json().skills[0]).toMatchObject({ status: "metadata_only", sync: { status: "cloned" }, targets: [] });
    expect(existsSync(at(sandbox, "a"))).toBe(false);
    const marker = JSON.parse(
      readFileSync(join(sandbox.storage, "store", `${result.json().skills[0].tree}.json`), "utf8"),
    );
    expect(marker.safety).toEqual({ license: { status: "unknown", name: null }, risks: ["executables", "scripts"] });
    expect((await apply([{ id: "a", repo, subpath: "a" }])).code).toBe(0);
  });

  it("changes from link to copy and back, and comes back when it is damaged [R-PLAN-01] [R-PLAN-05]", async () => {
    const { sandbox, repo, apply } = await withRepository();
    const linked: SkillSpec[] = [{ id: "a", repo, subpath: "a" }];
    const copied: SkillSpec[] = [{ id: "a", repo, subpath: "a", mode: "copy" }];
    await apply(linked);
    const tree = await readTree(at(sandbox, "a"));
    expect((await apply(copied)).report.skills[0].targets[0]).toMatchObject({ action: "update", status: "done" });
    expect(lstatSync(at(sandbox, "a")).isDirectory()).toBe(true);
    expect(await readTree(at(sandbox, "a"))).toEqual(tree);
    expect((await apply(linked)).code).toBe(0);
    expect(lstatSync(at(sandbox, "a")).isSymbolicLink()).toBe(true);
    rmSync(at(sandbox, "a"));
    expect((await apply(linked)).report.skills[0].targets[0].action).toBe("create");
    symlinkSync(join(sandbox.storage, "store", "0".repeat(40), "a"), `${at(sandbox, "a")}-turned`);
    renameSync(`${at(sandbox, "a")}-turned`, at(sandbox, "a"));
    expect((await apply(linked)).report.skills[0].targets[0].action).toBe("update");
    expect(await readTree(at(sandbox, "a"))).toEqual(tree);
  });

  it("belongs to one manifest: another that wants the same path gets a conflict [R-PLAN-02] [R-FAULT-35]", async () => {
    const { sandbox, repo, apply } = await withRepository();
    await apply([{ id: "a", repo, subpath: "a" }]);
    sandbox.writeManifest(manifestOf([{ id: "a", repo, subpath: "b" }]), "other/skills.toml");
    const other = await sandbox.run(["apply", "--json", "--config", "other/skills.toml"]);
    expect(other.code).toBe(3);
    expect(other.json().skills[0].targets[0].reasons[0]).toContain(sandbox.manifestPath);
    expect(readFileSync(join(at(sandbox, "a"), "SKILL.md"), "utf8")).toBe(skillText("a"));
  });
});

describe("a project's target directory", () => {
  it("that is a link out of the project is refused: nothing is written behind it [R-INSTALL-04]", async () => {
    const { sandbox, repo } = await withRepository();
    const outside = join(sandbox.root, "outside");
    mkdirSync(outside);
    mkdirSync(join(sandbox.project, ".claude"));
    symlinkSync(outside, join(sandbox.project, ".claude/skills"));
    sandbox.writeManifest(manifestOf([{ id: "a", repo, subpath: "a" }], 'scope = "project"'));
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code).toBe(1);
    expect(result.json().skills[0].diagnostics[0].code).toBe("TARGET_PATH_INVALID");
    expect(readdirSync(outside)).toEqual([]);
  });
});
