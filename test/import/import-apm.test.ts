import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Sandbox } from "../helpers/sandbox.js";
import { createSkillHistory, writeBelow } from "../helpers/skill-history.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A project with `apm.yml` and `apm.lock.yaml`, as apm writes them, for repositories that were changed since. */
async function setUp() {
  const sandbox = use.sandbox();
  const history = await createSkillHistory(sandbox);
  const bundle = await createSkillHistory(sandbox, "bundle");
  const remote = await use.remote(sandbox);
  const manifest = join(sandbox.project, "apm.yml");
  const lock = join(sandbox.project, "apm.lock.yaml");
  return { sandbox, history, bundle, remote, repo: (name: string) => `${remote.url}/${name}.git`, manifest, lock };
}

const run = async (sandbox: Sandbox, args: string[], code = 0) => {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  return result.json();
};
const listed = async (sandbox: Sandbox) =>
  (await run(sandbox, ["list"])).skills.map(({ id, source, targets }: any) =>
    [id, source.repo, source.ref, source.subpath, ...targets.map(({ agent }: any) => agent)].join(" "),
  );

describe("import of apm.yml", () => {
  it("takes packages over at the commits of apm.lock.yaml, for the agents it names [R-IMPORT-17] [R-IMPORT-16]", async () => {
    const { sandbox, history, bundle, repo, manifest, lock } = await setUp();
    writeBelow(
      manifest,
      `name: app
version: 1.0.0
targets: [claude, codex]
dependencies:
  apm:
    - git: ${repo("skills")}
      path: skills/one
      ref: v1
    - git: ${repo("bundle")}
      skills: [two, absent]
    - ./packages/near
    - contoso/prompts/review.prompt.md
    - id: acme/toolkit
      version: ^2.0.0
  mcp:
    - io.github.github/github-mcp-server
`,
    );
    writeBelow(join(sandbox.project, "packages/near/SKILL.md"), "---\nname: near\ndescription: Near.\n---\n");
    writeBelow(
      lock,
      `lockfile_version: "1"
generated_at: "2026-05-10T20:14:00+00:00"
apm_version: 0.6.4
dependencies:
  - repo_url: ${repo("skills")}
    virtual_path: skills/one
    is_virtual: true
    resolved_ref: v1
    resolved_commit: ${history.installed}
    package_type: claude_skill
    depth: 1
  - repo_url: ${repo("bundle")}
    resolved_commit: ${bundle.installed}
    resolved_ref: main
    package_type: skill_bundle
    skill_subset: [two]
`,
    );
    const report = await run(sandbox, ["import", "apm.yml", "--project"], 3);
    expect(report.imported).toEqual(["one", "two", "near"]);
    expect(report.format).toBe("apm.yml");
    expect(report.pinned).toEqual([
      { skill_id: "one", commit: history.installed },
      { skill_id: "two", commit: bundle.installed },
    ]);
    expect(report.skipped.map(({ id, code }: any) => [id, code])).toEqual([
      ["contoso/prompts/review.prompt.md", "SETTINGS_LEFT"],
      ["acme/toolkit", "INVALID_REPO_URL"],
      ["dependencies.mcp", "SETTINGS_LEFT"],
      ["absent", "SKILL_NOT_FOUND"],
    ]);
    expect(await listed(sandbox)).toEqual([
      `one ${repo("skills")} v1 skills/one claude-code codex`,
      `two ${repo("bundle")}  skills/two claude-code codex`,
      "near ./packages/near  . claude-code codex",
    ]);
    await run(sandbox, ["apply"]);
    expect(readFileSync(join(sandbox.project, ".claude/skills/two/SKILL.md"), "utf8")).toBe(bundle.textOf("two"));
  });

  it("takes the tag of a range from the lock file, and skips the range without one [R-IMPORT-17]", async () => {
    const { sandbox, history, repo, manifest, lock } = await setUp();
    const entry = `  - git: ${repo("skills")}\n      path: skills/one\n      ref: ^1.0.0\n`;
    writeBelow(manifest, `name: app\nversion: 1.0.0\ndependencies:\n  apm:\n  ${entry}`);
    const none = await run(sandbox, ["import", "apm.yml", "--project", "--target", "codex"], 3);
    expect(none.skipped).toMatchObject([{ code: "INVALID_REF", reason: expect.stringContaining("versions") }]);
    writeBelow(
      lock,
      `lockfile_version: "2"\ndependencies:\n- repo_url: ${repo("skills")}\n  virtual_path: skills/one\n  constraint: ^1.0.0\n  resolved_tag: v1\n  resolved_ref: ^1.0.0\n  resolved_commit: ${history.installed}\n`,
    );
    const report = await run(sandbox, ["import", "apm.yml", "--project", "--target", "codex"]);
    expect(report.pinned).toEqual([{ skill_id: "one", commit: history.installed }]);
    expect(await listed(sandbox)).toEqual([`one ${repo("skills")} v1 skills/one codex`]);
  });

  it("takes the lock file alone, with packages of packages [R-IMPORT-17]", async () => {
    const { sandbox, history, bundle, repo, lock, remote } = await setUp();
    const host = new URL(remote.url).host;
    writeBelow(
      lock,
      `lockfile_version: "1"
dependencies:
- repo_url: ${repo("skills")}
  resolved_commit: ${history.installed}
- repo_url: ${repo("bundle")}
  virtual_path: skills/two
  resolved_commit: ${"ab".repeat(20)}
  depth: 2
  resolved_by: ${host}/skills
- repo_url: acme/registry
  source: registry
- repo_url: <self>
  source: local
  local_path: .
mcp_servers: [github]
`,
    );
    const report = await run(sandbox, ["import", "apm.lock.yaml", "--project", "--target", "codex"], 3);
    expect(report.imported).toEqual(["one", "two"]);
    expect(report.skipped.map(({ id, code }: any) => [id, code])).toEqual([
      ["acme/registry", "INVALID_REPO_URL"],
      ["mcp_servers", "SETTINGS_LEFT"],
      ["two", "DUPLICATE_SKILL_ID"],
    ]);
    expect(report.pinned).toEqual(["one", "two"].map((id) => ({ skill_id: id, commit: history.installed })));
    expect(bundle.installed).not.toBe(history.newest);
  });

  it("imports what a lost commit had from the ref, without a pin [R-IMPORT-17] [R-IMPORT-16]", async () => {
    const { sandbox, repo, lock } = await setUp();
    const commit = "ab".repeat(20);
    writeBelow(
      lock,
      `lockfile_version: "1"\ndependencies:\n- repo_url: ${repo("bundle")}\n  resolved_commit: ${commit}\n`,
    );
    const report = await run(sandbox, ["import", "apm.lock.yaml", "--project", "--target", "codex"], 1);
    expect([report.imported, report.pinned]).toEqual([["one", "two"], []]);
    expect(report.unpinned.map(({ id }: any) => id)).toEqual(["one", "two"]);
  });

  it("names file, line and field of what is wrong, and writes nothing [R-IMPORT-17] [R-IMPORT-06]", async () => {
    const { sandbox, manifest, lock } = await setUp();
    const failure = async (file: string, text: string, name = "apm.yml") => {
      writeBelow(file, text);
      const { error } = await run(sandbox, ["import", name, "--project"], 2);
      expect(error.code).toBe("IMPORT_INVALID");
      return error;
    };
    const head = "name: app\nversion: 1.0.0\n";
    const broken = await failure(manifest, `${head}dependencies:\n  apm: [a\n`);
    expect(broken.message).toContain(manifest);
    expect(broken.problems).toMatchObject([{ line: expect.any(Number) }]);
    expect((await failure(manifest, `${head}dependencies:\n  apm: acme/x\n`)).message).toContain("dependencies.apm");
    const alias = await failure(manifest, `${head}a: &a [x]\nb: *a\n`);
    expect(alias.message).not.toContain("INTERNAL");
    writeBelow(manifest, `${head}dependencies:\n  apm: [acme/x]\n`);
    const version = await failure(lock, 'lockfile_version: "7"\ndependencies: []\n');
    expect(version.message).toMatch(/apm\.lock\.yaml: .*lockfile_version/u);
    expect((await failure(lock, "lockfile_version: '1'\ndependencies: {}\n")).message).toContain("dependencies");
    expect(
      (await failure(lock, `lockfile_version: '1'\ndependencies: []\n#${"x".repeat(3 * 1024 * 1024)}`)).message,
    ).toMatch(/bytes/u);
    expect((await failure(join(sandbox.project, "other.yaml"), "a: 1\n", "other.yaml")).message).toContain("expected");
    expect(existsSync(sandbox.manifestPath)).toBe(false);
  });

  it("skips what would be dangerous [R-IMPORT-17] [R-IMPORT-06]", async () => {
    const { sandbox, repo, lock } = await setUp();
    const good = `- repo_url: ${repo("skills")}\n  virtual_path: skills/one\n`;
    const bad = [
      `- repo_url: ${repo("skills")}\n  virtual_path: ../../x\n`,
      `- repo_url: ${repo("skills")}\n  resolved_commit: --upload-pack=x\n`,
      `- repo_url: ${repo("skills")}\n  virtual_path: skills/two\n  resolved_ref: "a b"\n`,
      "- repo_url: ext::sh -c touch% x\n",
      "- repo_url: https://me:secret@example.com/x.git\n  virtual_path: a\n",
    ];
    writeBelow(lock, `lockfile_version: "1"\ndependencies:\n${good}${bad.join("")}`);
    const result = await sandbox.run(["import", "apm.lock.yaml", "--project", "--target", "codex", "--json"]);
    expect([result.code, result.json().imported, result.json().skipped.length]).toEqual([3, ["one"], bad.length]);
    expect(result.stdout + result.stderr).not.toContain("secret");
  });
});
