import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const TARGETS = '"claude-code", { agent = "codex", scope = "project" }, "custom:/opt/agent", "custom:~/mine"';

describe("with --root", () => {
  let sandbox: Sandbox;
  let root: string;
  let bare: string;
  beforeEach(async () => {
    sandbox = use.sandbox();
    root = join(sandbox.root, "image");
    bare = join(sandbox.root, "served/skills.git");
    await createRepository(bare, { files: { "one/SKILL.md": skillText("one"), "one/a.sh": "echo\n" } });
    wants({ one: TARGETS });
  });
  const wants = (skills: Record<string, string>) =>
    sandbox.writeManifest(
      ["version = 1", 'scope = "global"']
        .concat(
          Object.entries(skills).map(
            ([id, targets]) =>
              `[[skills]]\nid = "${id}"\nsource = { repo = ${JSON.stringify(id === "live" ? "./src/live" : bare)}${id === "live" ? "" : `, subpath = "${id}"`} }\ntargets = [${targets}]`,
          ),
        )
        .join("\n"),
    );
  const at = (path: string) => join(root, path);
  const run = async (args: string[], { code = 0, env = {} }: { code?: number; env?: Record<string, string> } = {}) => {
    const result = await sandbox.run([...args, "--root", root, "--json"], { env });
    expect(result.code, result.stdout + result.stderr).toBe(code);
    return result.json();
  };
  const codesOf = (report: { diagnostics: { code: string }[] }) => report.diagnostics.map(({ code }) => code);
  const findings = (report: { findings: { code: string }[] }) =>
    report.findings.map(({ code }) => code).filter((code) => !/LICENSE|RISK/u.test(code));
  const states = (storage: string) => (existsSync(join(storage, "state")) ? readdirSync(join(storage, "state")) : []);

  it("all targets are copies below it, as if it were /, and nothing outside changes [R-ROOT-01] [R-ROOT-02]", async () => {
    mkdirSync(join(sandbox.project, "src/live"), { recursive: true });
    writeFileSync(join(sandbox.project, "src/live/SKILL.md"), skillText("live"));
    wants({ one: TARGETS, live: '"claude-code"' });
    const report = await run(["apply"], { env: { CLAUDE_CONFIG_DIR: join(sandbox.root, "elsewhere") } });
    expect(report.summary.install).toMatchObject({ create: 5 });
    const source = await readTree(at("root/mine/one"));
    const project = join(sandbox.project, ".agents/skills/one").slice(1);
    for (const path of ["root/.claude/skills/one", project, "opt/agent/one"]) {
      expect(lstatSync(at(path)).isDirectory(), path).toBe(true);
      expect(await readTree(at(path))).toEqual(source);
    }
    expect(lstatSync(at("root/.claude/skills/live")).isDirectory()).toBe(true);
    expect(existsSync(join(sandbox.root, "elsewhere"))).toBe(false);
    expect(readdirSync(sandbox.home)).toEqual([".eden-skills"]);
    expect(readdirSync(sandbox.project).toSorted()).toEqual(["skills.lock", "skills.toml", "src"]);
    expect([states(sandbox.storage), existsSync(join(sandbox.storage, "history"))]).toEqual([[], false]);
    expect(readdirSync(at("root/.eden-skills/skills"))).toEqual(["state"]);
    expect((await run(["apply"])).summary.install).toMatchObject({ noop: 5 });
    expect(await run(["plan", "--check"])).toHaveLength(5);
  });

  it("the lockfile is that of a machine, and the records have the paths of the image [R-ROOT-02]", async () => {
    await run(["apply"]);
    const locked = readFileSync(sandbox.lockfilePath, "utf8");
    for (const path of ["~/.claude/skills/one", "/opt/agent/one", '".agents/skills/one"'])
      expect(locked).toContain(path);
    expect(locked).not.toContain(root);
    const [name = ""] = states(at("root/.eden-skills/skills"));
    const state = JSON.parse(readFileSync(at(`root/.eden-skills/skills/state/${name}`), "utf8"));
    expect(state.manifest).toBe(sandbox.manifestPath);
    expect(Object.keys(state.targets)).toEqual([
      "/opt/agent/one",
      "/root/.claude/skills/one",
      "/root/mine/one",
      join(sandbox.project, ".agents/skills/one"),
    ]);
    // This machine and another root are installed from the same lockfile, each with its own records.
    const here = await sandbox.run(["apply", "--frozen", "--json", "--dry-run"]);
    expect(here.code, here.stdout).toBe(0);
    const other = await sandbox.run(["apply", "--frozen", "--json", "--root", join(sandbox.root, "other")]);
    expect(other.json().summary.install).toMatchObject({ create: 4 });
    expect((await run(["apply", "--frozen"])).summary.install).toMatchObject({ noop: 4 });
  });

  it("a manifest in it has its targets beside it, and its storage setting is that of the image [R-ROOT-01]", async () => {
    mkdirSync(at("app"), { recursive: true });
    writeFileSync(
      at("app/skills.toml"),
      `version = 1\n[storage]\nroot = "../var/skills"\n[[skills]]\nid = "one"\nsource = { repo = ${JSON.stringify(bare)}, subpath = "one" }\ntargets = [{ agent = "claude-code", scope = "project" }]\n`,
    );
    await run(["apply", "--config", at("app/skills.toml")]);
    expect(existsSync(at("app/.claude/skills/one/SKILL.md"))).toBe(true);
    expect(readFileSync(at("app/skills.lock"), "utf8")).toContain('".claude/skills/one"');
    const [name = ""] = states(at("var/skills"));
    expect(JSON.parse(readFileSync(at(`var/skills/state/${name}`), "utf8"))).toMatchObject({
      manifest: "/app/skills.toml",
      targets: { "/app/.claude/skills/one": { links: [] } },
    });
  });

  it("links in it never lead out of it, and those that stay inside are followed [R-ROOT-03] [R-THREAT-72]", async () => {
    const outside = join(sandbox.root, "outside");
    mkdirSync(outside);
    mkdirSync(at("root"), { recursive: true });
    mkdirSync(at("data/agent"), { recursive: true });
    mkdirSync(at("opt"));
    symlinkSync(outside, at("root/.claude"));
    symlinkSync("../../outside", at("root/mine"));
    symlinkSync("../data/agent", at("opt/agent"));
    const report = await run(["apply"], { code: 1 });
    const [{ targets, diagnostics }] = report.skills;
    expect(targets.map(({ status }: { status: string }) => status).toSorted()).toEqual([
      "done",
      "done",
      "failed",
      "failed",
    ]);
    expect(diagnostics.map(({ code }: { code: string }) => code)).toEqual([
      "TARGET_PATH_INVALID",
      "TARGET_PATH_INVALID",
    ]);
    expect(diagnostics[0].message).toContain("leads out of the root");
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(at("data/agent"))).toEqual(["one"]);
    expect(findings(await run(["doctor"]))).toEqual(["TARGET_PATH_INVALID", "TARGET_PATH_INVALID"]);
    await sandbox.run(["apply"]);
    rmSync(at("root/.claude"));
    symlinkSync(join(sandbox.home, ".claude"), at("root/.claude"));
    expect((await run(["plan"]))[0]).toMatchObject({ action: "conflict" });
    rmSync(at("root/.eden-skills"), { recursive: true });
    symlinkSync(outside, at("root/.eden-skills"));
    const refused = await sandbox.run(["apply", "--root", root, "--json"]);
    expect([refused.code, refused.stdout]).toEqual([
      expect.any(Number),
      expect.stringContaining("TARGET_PATH_INVALID"),
    ]);
    expect(readdirSync(outside)).toEqual([]);
  });

  it("doctor, repair and remove are about it alone [R-ROOT-04]", async () => {
    await sandbox.run(["apply"]);
    const here = (await readTree(sandbox.home)).filter(({ path }) => /claude|state|history/u.test(path));
    await run(["apply"]);
    expect(findings(await run(["doctor"]))).toEqual([]);
    rmSync(at("root/mine/one"), { recursive: true });
    writeFileSync(at("opt/agent/one/SKILL.md"), "edited");
    const report = await run(["doctor"]);
    expect(findings(report)).toEqual(["TARGET_MISSING", "TARGET_MODIFIED"]);
    expect(report.findings[0].remediation).toBe(`Run \`eden-skills repair --root ${root}\`.`);
    await run(["repair"], { code: 3 });
    expect(existsSync(at("root/mine/one/SKILL.md"))).toBe(true);
    expect(readFileSync(at("opt/agent/one/SKILL.md"), "utf8")).toBe("edited");
    await run(["repair", "--force"]);
    expect(findings(await run(["doctor"]))).toEqual([]);
    expect(readdirSync(at("root/.eden-skills/skills/backups"))).toHaveLength(1);
    await run(["remove", "one"]);
    expect([readdirSync(at("opt/agent")), readdirSync(at("root/.claude/skills"))]).toEqual([[], []]);
    const now = await readTree(sandbox.home);
    for (const entry of here) expect(now).toContainEqual(entry);
    expect(lstatSync(join(sandbox.home, ".claude/skills/one")).isSymbolicLink()).toBe(true);
  });

  it("what another manifest or a user put there stays [R-ROOT-04]", async () => {
    mkdirSync(at("root/.claude/skills/one"), { recursive: true });
    writeFileSync(at("root/.claude/skills/one/SKILL.md"), "of the image");
    await run(["apply"], { code: 3 });
    expect(readFileSync(at("root/.claude/skills/one/SKILL.md"), "utf8")).toBe("of the image");
    const other = use.sandbox();
    mkdirSync(join(other.project, "one"));
    writeFileSync(join(other.project, "one/SKILL.md"), skillText("one", "Of the other."));
    other.writeManifest(
      'version = 1\n[[skills]]\nid = "one"\nsource = { repo = "./one" }\ntargets = ["custom:/opt/agent"]\n',
    );
    const theirs = await other.run(["apply", "--root", root, "--json"]);
    expect([theirs.code, theirs.stdout]).toEqual([3, expect.stringContaining(sandbox.manifestPath)]);
  });

  it("targets in containers are skipped, with one warning for each [R-ROOT-05]", async () => {
    wants({ one: '"claude-code", "docker:box", "docker:box:codex", "ssh:far"' });
    const report = await run(["apply"]);
    expect(codesOf(report)).toEqual(["TARGET_OUTSIDE_ROOT", "TARGET_OUTSIDE_ROOT"]);
    expect(report.summary.install).toMatchObject({ create: 1 });
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toContain('environment = "docker:box"');
    expect(await run(["plan"])).toMatchObject([{ action: "noop" }]);
  });

  it("~ is the home of a user of the image, who owns what is installed there [R-ROOT-06]", async () => {
    mkdirSync(at("etc"), { recursive: true });
    mkdirSync(at("home/dev"), { recursive: true });
    writeFileSync(at("etc/passwd"), "root:x:0:0::/var/root:/bin/sh\ndev:x:1234:1234:D:/home/dev:/bin/sh\n");
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(at("home/dev"), 1234, 1234);
    await run(["apply", "--root-user", "dev"]);
    const owned = ["home/dev/.claude", "home/dev/.claude/skills/one/SKILL.md", "home/dev/.eden-skills/skills/state"];
    if (isRoot) expect(owned.map((path) => statSync(at(path)).uid)).toEqual([1234, 1234, 1234]);
    expect(statSync(at("opt/agent/one")).uid).toBe(process.getuid?.());
    await run(["apply"]);
    expect(existsSync(at("var/root/.claude/skills/one"))).toBe(true);
    await run(["apply", "--root-user", "/srv/agent"]);
    expect(existsSync(at("srv/agent/.claude/skills/one"))).toBe(true);
    const unknown = await sandbox.run(["apply", "--root", root, "--root-user", "nobody"]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("has no user")]);
    const alone = await sandbox.run(["apply", "--root-user", "dev"]);
    expect(alone.code).toBe(2);
  });

  it("agents are detected in it, and installed for [R-ROOT-04]", async () => {
    mkdirSync(join(sandbox.home, ".claude"));
    mkdirSync(at("root/.gemini"), { recursive: true });
    const found = await run(["agents", "--detected"]);
    expect(found.agents.map(({ id }: { id: string }) => id)).toEqual(["gemini-cli"]);
    rmSync(sandbox.manifestPath);
    const report = await run(["install", bare, "--all", "--project"]);
    expect(readFileSync(sandbox.manifestPath, "utf8")).toContain("gemini-cli");
    const [{ targets }] = report.skills;
    expect([targets.length, targets[0].path.startsWith(at(sandbox.project))]).toEqual([1, true]);
    expect(existsSync(join(targets[0].path, "SKILL.md"))).toBe(true);
    expect((await run(["list"])).skills[0].state).toBe("installed");
  });

  it("a root that is a file, or an empty text, is refused [R-ROOT-01]", async () => {
    mkdirSync(dirname(root), { recursive: true });
    writeFileSync(root, "");
    const file = await sandbox.run(["apply", "--root", root]);
    expect([file.code, file.stderr]).toEqual([expect.any(Number), expect.stringContaining("a directory must be")]);
    expect(file.code).not.toBe(0);
    expect((await sandbox.run(["apply", "--root", ""])).code).toBe(2);
  });
});
