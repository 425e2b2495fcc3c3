import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function setUp() {
  const sandbox = use.sandbox();
  const names = ["one", "two", "three"];
  const files = Object.fromEntries(names.map((name) => [`skills/${name}/SKILL.md`, skillText(name)]));
  const repository = await createRepository(join(sandbox.root, "served/skills.git"), { files });
  await repository.tag("v1");
  const remote = await use.remote(sandbox);
  mkdirSync(join(sandbox.home, ".claude"));
  return { sandbox, repository, remote, repo: `${remote.url}/skills.git` };
}

function write(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
}

const lock = (skills: object) => ({ version: 1, skills });
const run = async (sandbox: Sandbox, args: string[], code = 0) => {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  return result.json();
};
const listed = async (sandbox: Sandbox, ...args: string[]) =>
  (await run(sandbox, ["list", ...args])).skills.map(({ id, source, targets }: any) =>
    [id, source.repo, source.ref, source.subpath, ...targets.map(({ agent }: any) => agent)].join(" "),
  );
const userManifest = (sandbox: Sandbox) => join(sandbox.home, ".eden-skills/skills.toml");

describe("import", () => {
  it("takes a lock file of a project over, looking for what it does not say once a source [R-IMPORT-05] [R-IMPORT-07]", async () => {
    const { sandbox, repo, remote } = await setUp();
    write(join(sandbox.project, "own/near/SKILL.md"), skillText("near"));
    const git = { source: repo, sourceType: "git", computedHash: "0".repeat(64) };
    const skills = { one: git, two: git, three: { ...git, ref: "v1", skillPath: "skills/three/SKILL.md" } };
    write(
      join(sandbox.project, "skills-lock.json"),
      lock({ ...skills, near: { source: "./own", sourceType: "local" } }),
    );
    const report = await run(sandbox, ["import", "--target", "claude-code", "codex"]);
    expect(report).toEqual({
      schema_version: 1,
      command: "import",
      manifest: userManifest(sandbox),
      file: join(sandbox.project, "skills-lock.json"),
      format: "lock file of the skills command",
      dry_run: false,
      imported: ["one", "two", "three", "near"],
      skipped: [],
      diagnostics: [],
    });
    expect(remote.traffic.log.filter(({ kind }) => kind === "ls-refs").length).toBe(1);
    expect(await listed(sandbox)).toEqual([
      `one ${repo}  skills/one claude-code codex`,
      `two ${repo}  skills/two claude-code codex`,
      `three ${repo} v1 skills/three claude-code codex`,
      `near ${join(sandbox.project, "own")}  near claude-code codex`,
    ]);
    expect(existsSync(join(sandbox.home, ".claude/skills"))).toBe(false);
    const applied = await run(sandbox, ["apply"]);
    expect(applied.skills.map(({ status }: any) => status)).toEqual(Array(4).fill("installed"));
    const again = await run(sandbox, ["import"]);
    expect([again.imported, again.skipped.map(({ code }: any) => code)]).toEqual([[], Array(4).fill("ALREADY_THERE")]);
  });

  it("takes the lock file of the home directory, with --offline what it says [R-IMPORT-05] [R-IMPORT-07]", async () => {
    const { sandbox, repo } = await setUp();
    const git = { source: "own/skills", sourceType: "git", sourceUrl: repo, skillFolderHash: "0".repeat(40) };
    const skills = { one: { ...git, skillPath: "skills/one/SKILL.md" }, two: git };
    write(join(sandbox.home, ".agents/.skill-lock.json"), { version: 3, skills });
    const report = await run(sandbox, ["import", "--offline", "--copy", "--project"], 1);
    expect(report).toMatchObject({ manifest: sandbox.manifestPath, imported: ["one"] });
    expect(report.skipped).toMatchObject([
      { id: "two", code: "OFFLINE_MISS", reason: expect.stringContaining("offline") },
    ]);
    expect(readFileSync(sandbox.manifestPath, "utf8")).toContain('mode = "copy"');
    expect(await listed(sandbox)).toEqual([`one ${repo}  skills/one claude-code`]);
  });

  it("takes agents.toml with its agents and wildcards [R-IMPORT-05] [R-IMPORT-08]", async () => {
    const { sandbox, repo } = await setUp();
    write(join(sandbox.project, "local/near/SKILL.md"), skillText("another-name"));
    const text = `version = 1\nagents = ["claude", "codex"]
[[skills]]\nname = "near"\nsource = "path:./local/near"
[[skills]]\nname = "*"\nsource = "git:${repo}"\npath = "skills"\nexclude = ["two"]
[[skills]]\nname = "two"\nsource = "git:${repo}"\nref = "v1"
[[skills]]\nname = "lost"\nsource = "git:${repo}"`;
    write(join(sandbox.project, "agents.toml"), text);
    const report = await run(sandbox, ["import", "--project"], 3);
    expect(report.imported).toEqual(["near", "one", "three", "two"]);
    expect(report.skipped).toMatchObject([{ id: "lost", code: "SKILL_NOT_FOUND" }]);
    expect(await listed(sandbox)).toEqual([
      "near ./local/near  . claude-code codex",
      `one ${repo}  skills/one claude-code codex`,
      `three ${repo}  skills/three claude-code codex`,
      `two ${repo} v1 skills/two claude-code codex`,
    ]);
  });

  it("takes the agents of agents.toml that the manifest defines, and leaves out unknown ones [R-IMPORT-08]", async () => {
    const { sandbox, repo } = await setUp();
    sandbox.writeManifest('version = 1\n[agents.mine]\nglobal = "~/.mine/skills"\n');
    const file = join(sandbox.project, "agents.toml");
    const skill = `[[skills]]\nname = "one"\nsource = "git:${repo}"\npath = "skills/one"`;
    write(file, `version = 1\nagents = ["claude", "mine", "unknown"]\n${skill}`);
    await run(sandbox, ["import"]);
    expect(await listed(sandbox)).toEqual([`one ${repo}  skills/one claude-code mine`]);
  });

  it("takes the sources of a package.json into what is there, comments kept, and a failed source is no end [R-IMPORT-05] [R-IMPORT-07]", async () => {
    const { sandbox, repo, remote } = await setUp();
    const before = `# ours\n${manifestOf([{ id: "two", repo: "https://example.com/other.git" }])}# end\n`;
    sandbox.writeManifest(before);
    const skills = [`${remote.url}/absent.git`, { source: repo, skills: ["one"] }, `${repo}#v1`];
    write(join(sandbox.root, "app/package.json"), { name: "app", skills });
    const text = await sandbox.run(["import", "../app/package.json", "--dry-run"]);
    expect([text.code, readFileSync(sandbox.manifestPath, "utf8")]).toEqual([1, before]);
    expect(text.stdout).toBe(
      `import --dry-run from ${sandbox.root}/app/package.json (package.json)\n+ one\n+ three\n2 would be imported, 3 skipped\n`,
    );
    const report = await run(sandbox, ["import", "../app/package.json"], 1);
    expect(report.imported).toEqual(["one", "three"]);
    expect(report.skipped.map(({ id, code }: any) => [id, code])).toEqual([
      [`${remote.url}/absent.git`, "FETCH_NOT_FOUND"],
      ["one", "DUPLICATE_SKILL_ID"],
      ["two", "DUPLICATE_SKILL_ID"],
    ]);
    expect(readFileSync(sandbox.manifestPath, "utf8").startsWith(before)).toBe(true);
  });

  it("takes the first file that there is; none, an absent or an unknown one is exit 2 [R-IMPORT-06] [R-IMPORT-08]", async () => {
    const { sandbox, repo } = await setUp();
    const failure = async (...args: string[]) => (await run(sandbox, ["import", ...args], 2)).error;
    expect((await failure()).code).toBe("IMPORT_NOT_FOUND");
    write(join(sandbox.project, "package.json"), { name: "app" });
    expect((await failure()).code).toBe("IMPORT_NOT_FOUND");
    const asked = await failure("package.json");
    expect([asked.code, asked.message]).toEqual([
      "IMPORT_INVALID",
      expect.stringContaining("expected skills-lock.json"),
    ]);
    expect((await failure("absent.json")).code).toBe("IMPORT_NOT_FOUND");
    expect((await failure("skills-lock.json", "agents.toml")).code).toBe("USAGE");
    sandbox.writeManifest(manifestOf([{ id: "one", repo }]), "skills.toml.old.toml");
    expect((await failure("skills.toml.old.toml")).hint).toContain("config import");
    const entry = { source: repo, sourceType: "git", skillPath: "skills/one/SKILL.md" };
    write(join(sandbox.home, ".agents/.skill-lock.json"), { version: 3, skills: { home: entry } });
    write(join(sandbox.project, "package.json"), { skills: [] });
    expect((await run(sandbox, ["import"])).file).toContain("package.json");
    write(join(sandbox.project, "skills-lock.json"), lock({ one: entry }));
    expect((await run(sandbox, ["import", "--dry-run"])).imported).toEqual(["one"]);
    expect((await failure("--target", "nobody")).code).toBe("TARGET_AGENT_UNSUPPORTED");
    expect(existsSync(userManifest(sandbox))).toBe(false);
  });

  it("is ended by an interrupt, and has written nothing then [R-IMPORT-07] [R-CLI-05]", async () => {
    const { sandbox, remote, repo } = await setUp();
    remote.latencyMs = 60_000;
    write(join(sandbox.project, "skills-lock.json"), lock({ one: { source: repo, sourceType: "git" } }));
    const program = sandbox.spawn(["import", "--target", "codex", "--json"]);
    while (remote.traffic.log.length === 0) await setTimeout(20);
    program.kill("SIGINT");
    const ended = await program.finished;
    expect([ended.code, existsSync(userManifest(sandbox))]).toEqual([130, false]);
    expect(ended.json()).toMatchObject({ error: { code: "CANCELLED" }, exit_code: 130 });
  });

  it("leaves out what would be dangerous or wrong, and takes the rest [R-IMPORT-06]", async () => {
    const { sandbox, repo } = await setUp();
    const at = (source: string, more: object = {}) => ({ source, sourceType: "git", skillPath: "skills/one", ...more });
    const skills = {
      password: at("https://me:secret@example.com/x.git"),
      helper: at("ext::sh -c touch% /tmp/x"),
      option: at("--upload-pack=touch /tmp/x"),
      plain: at("http://example.com/x.git"),
      "../up": at(repo),
      up: at(repo, { skillPath: "../../x" }),
      good: at(repo),
    };
    write(join(sandbox.project, "skills-lock.json"), lock(skills));
    const result = await sandbox.run(["import", "--json"]);
    expect([result.code, result.json().imported]).toEqual([3, ["good"]]);
    expect(
      result
        .json()
        .skipped.map(({ id }: any) => id)
        .toSorted(),
    ).toEqual(["../up", "helper", "option", "password", "plain", "up"].toSorted());
    expect(result.stdout + result.stderr + readFileSync(userManifest(sandbox), "utf8")).not.toContain("secret");
  });
});

describe("import of many skills", () => {
  it("writes a collection for each source, which apply installs [R-IMPORT-12]", async () => {
    const sandbox = use.sandbox();
    const remote = await use.remote(sandbox);
    const skills: Record<string, object> = {};
    for (const [source, count] of [20, 15, 5].entries()) {
      const names = Array.from({ length: count }, (_, index) => `s${source}-${index}`);
      const extra = source === 2 ? { "skills/other/SKILL.md": skillText("other") } : {};
      const files = Object.fromEntries(names.map((name) => [`skills/${name}/SKILL.md`, skillText(name)]));
      await createRepository(join(sandbox.root, `served/s${source}.git`), { files: { ...files, ...extra } });
      for (const name of names)
        skills[name] = {
          source: `${remote.url}/s${source}.git`,
          sourceType: "git",
          skillPath: `skills/${name}/SKILL.md`,
        };
    }
    write(join(sandbox.project, "skills-lock.json"), lock(skills));
    sandbox.writeManifest('version = 1\n[defaults]\ntargets = ["codex"]\n');
    const report = await run(sandbox, ["import", "--target", "codex"]);
    expect([report.imported.length, report.skipped]).toEqual([40, []]);
    const text = readFileSync(sandbox.manifestPath, "utf8");
    const names = ["s2-0", "s2-1", "s2-2", "s2-3", "s2-4"].map((name) => `"${name}"`).join(", ");
    expect(text.replace(/^version = 1\n\[defaults\]\ntargets = \["codex"\]\n\s*/u, "")).toBe(
      `[[collections]]\nrepo = "${remote.url}/s0.git"\n[[collections]]\nrepo = "${remote.url}/s1.git"\n[[collections]]\nrepo = "${remote.url}/s2.git"\ninclude = [${names}]\n`,
    );
    expect((await run(sandbox, ["apply"])).summary.skills).toBe(40);
    const again = await run(sandbox, ["import"]);
    expect(again.skipped.map(({ code }: { code: string }) => code)).toEqual(Array(40).fill("ALREADY_THERE"));
    expect(readFileSync(sandbox.manifestPath, "utf8")).toBe(text);
  });
});
