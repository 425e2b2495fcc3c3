import { existsSync, readFileSync, rmSync, writeFileSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function locked(): Promise<{
  sandbox: Sandbox;
  repository: Repository;
  repo: string;
  lock(): string;
  edit(from: RegExp, to: string): void;
}> {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "served/one.git"), {
    files: { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") },
  });
  const repo = `file://${repository.dir}`;
  sandbox.writeManifest(
    manifestOf([
      { id: "b", repo, subpath: "b" },
      { id: "a", repo, subpath: "a" },
    ]),
  );
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const lock = () => readFileSync(sandbox.lockfilePath, "utf8");
  return {
    sandbox,
    repository,
    repo,
    lock,
    edit(from, to) {
      expect(lock()).toMatch(from);
      writeFileSync(sandbox.lockfilePath, lock().replace(from, to));
    },
  };
}

describe("the lockfile", () => {
  it("is the same bytes on another machine for the same input, without times or names of the machine [R-LOCK-01]", async () => {
    const one = await locked();
    const two = use.sandbox();
    writeFileSync(join(two.project, "skills.toml"), readFileSync(one.sandbox.manifestPath));
    expect((await two.run(["apply"])).code).toBe(0);
    expect(readFileSync(two.lockfilePath, "utf8")).toBe(one.lock());
    expect(one.lock()).not.toContain(one.sandbox.home);
    expect(one.lock().indexOf('id = "a"')).toBeLessThan(one.lock().indexOf('id = "b"'));
  });

  it("pins: a deleted target comes back with the same commit after upstream moved [R-LOCK-03]", async () => {
    const { sandbox, repository, lock } = await locked();
    const before = lock();
    await repository.commit({ files: { "a/SKILL.md": skillText("a", "newer") } });
    rmSync(join(sandbox.home, ".claude"), { recursive: true });
    rmSync(join(sandbox.storage), { recursive: true, force: true });
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(lock()).toBe(before);
    expect(readFileSync(join(sandbox.home, ".claude/skills/a/SKILL.md"), "utf8")).toBe(skillText("a"));
  });

  it("that is corrupt, or of an unknown version, is a warning and is written anew [R-LOCK-02]", async () => {
    const { sandbox, lock } = await locked();
    const before = lock();
    for (const text of ["not toml [", before.replace("version = 1", "version = 99"), ""]) {
      writeFileSync(sandbox.lockfilePath, text);
      const result = await sandbox.run(["apply"]);
      expect(result.code, result.stderr).toBe(0);
      expect(result.stderr).toContain("warning[LOCK_OUT_OF_DATE]");
      expect(lock()).toBe(before);
    }
  });

  for (const [field, from] of [
    ["commit", /resolved_commit = "[0-9a-f]{40}"/u],
    ["tree", /tree = "[0-9a-f]{40}"/u],
    ["integrity", /integrity = "[^"]+"/u],
  ] as const) {
    it(`whose ${field} does not belong to the rest is refused, with and without --frozen [R-LOCK-06] [R-THREAT-47]`, async () => {
      const { sandbox, repository, edit } = await locked();
      const other = await repository.commit({ files: { "a/SKILL.md": skillText("a", "evil") } });
      const evil = {
        commit: `resolved_commit = "${other}"`,
        tree: `tree = "${await repository.revParse(`${other}:a`)}"`,
        integrity: `integrity = "sha256-${"A".repeat(43)}="`,
      };
      rmSync(join(sandbox.home, ".claude"), { recursive: true });
      edit(from, evil[field]);
      for (const args of [[], ["--frozen"]]) {
        const result = await sandbox.run(["apply", "--json", ...args]);
        expect(result.code, result.stdout).toBe(1);
        const bad = result.json().skills.find((skill: any) => skill.id === "a");
        expect(bad.diagnostics[0].code).toBe("INTEGRITY_MISMATCH");
        expect(existsSync(join(sandbox.home, ".claude/skills/a"))).toBe(false);
        expect(existsSync(join(sandbox.home, ".claude/skills/b/SKILL.md"))).toBe(true);
      }
    });
  }
});

describe("--frozen", () => {
  it("needs a lockfile that can be read: else LOCK_OUT_OF_DATE, exit 3, nothing written [R-LOCK-04]", async () => {
    const { sandbox } = await locked();
    rmSync(join(sandbox.home, ".claude"), { recursive: true });
    for (const spoil of [() => rmSync(sandbox.lockfilePath), () => writeFileSync(sandbox.lockfilePath, "broken [")]) {
      spoil();
      const result = await sandbox.run(["apply", "--frozen", "--json"]);
      expect(result.code).toBe(3);
      expect(result.json()).toMatchObject({ error: { code: "LOCK_OUT_OF_DATE" }, exit_code: 3 });
      expect(existsSync(join(sandbox.home, ".claude"))).toBe(false);
    }
  });

  const changes: [string, (repo: string) => string][] = [
    [
      "an id more",
      (repo) =>
        manifestOf([
          { id: "a", repo, subpath: "a" },
          { id: "b", repo, subpath: "b" },
          { id: "c", repo, subpath: "b" },
        ]),
    ],
    ["an id less", (repo) => manifestOf([{ id: "a", repo, subpath: "a" }])],
    [
      "another ref",
      (repo) =>
        manifestOf([
          { id: "a", repo, subpath: "a", ref: "main" },
          { id: "b", repo, subpath: "b" },
        ]),
    ],
    [
      "another subpath",
      (repo) =>
        manifestOf([
          { id: "a", repo, subpath: "b" },
          { id: "b", repo, subpath: "b" },
        ]),
    ],
    [
      "another mode",
      (repo) =>
        manifestOf([
          { id: "a", repo, subpath: "a", mode: "copy" },
          { id: "b", repo, subpath: "b" },
        ]),
    ],
    [
      "another target",
      (repo) =>
        manifestOf([
          { id: "a", repo, subpath: "a", agents: ["cursor"] },
          { id: "b", repo, subpath: "b" },
        ]),
    ],
  ];
  for (const [what, manifest] of changes) {
    it(`refuses a manifest with ${what} [R-LOCK-04]`, async () => {
      const { sandbox, repo, lock } = await locked();
      const before = lock();
      sandbox.writeManifest(manifest(repo));
      const result = await sandbox.run(["apply", "--frozen"]);
      expect(result.code).toBe(3);
      expect(result.stderr).toContain("LOCK_OUT_OF_DATE");
      expect(lock()).toBe(before);
    });
  }

  it("hashes what is installed: a store entry that was changed is INTEGRITY_MISMATCH [R-LOCK-06] [R-THREAT-24]", async () => {
    const { sandbox } = await locked();
    const file = join(sandbox.home, ".claude/skills/a/SKILL.md");
    chmodSync(file, 0o644);
    writeFileSync(file, "tampered");
    const result = await sandbox.run(["apply", "--frozen", "--json"]);
    expect(result.code).toBe(1);
    expect(result.json().skills.find((skill: any) => skill.id === "a").diagnostics[0].code).toBe("INTEGRITY_MISMATCH");
  });
});

describe("--offline", () => {
  it("fails with OFFLINE_MISS for what is not here, and installs the rest [R-GIT-08]", async () => {
    const { sandbox, repo } = await locked();
    sandbox.writeManifest(
      manifestOf([
        { id: "a", repo, subpath: "a" },
        { id: "new", repo: "https://example.invalid/x.git" },
      ]),
    );
    const result = await sandbox.run(["apply", "--offline", "--json"]);
    expect(result.code).toBe(1);
    expect(result.json().skills.map((skill: any) => skill.status)).toEqual(["unchanged", "failed", "removed"]);
    expect(result.json().skills[1].diagnostics[0].code).toBe("OFFLINE_MISS");
  });

  it("materialises from the mirror what the store lost [R-GIT-08]", async () => {
    const { sandbox } = await locked();
    for (const name of ["store", "state"]) await removeTree(join(sandbox.storage, name));
    rmSync(join(sandbox.home, ".claude"), { recursive: true });
    const result = await sandbox.run(["apply", "--offline", "--json"]);
    expect(result.code, result.stdout).toBe(0);
    expect(readFileSync(join(sandbox.home, ".claude/skills/a/SKILL.md"), "utf8")).toBe(skillText("a"));
  });
});
