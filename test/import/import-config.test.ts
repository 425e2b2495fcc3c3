import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function setUp() {
  const sandbox = use.sandbox();
  const files = Object.fromEntries(["one", "two"].map((name) => [`${name}/SKILL.md`, skillText(name)]));
  await createRepository(join(sandbox.root, "served/skills.git"), { files });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/skills.git`;
  mkdirSync(join(sandbox.project, "own/three"), { recursive: true });
  writeFileSync(join(sandbox.project, "own/three/SKILL.md"), skillText("three"));
  sandbox.writeManifest(
    `# ours\n${manifestOf([
      { id: "one", repo, subpath: "one", agents: ["claude-code", "codex"] },
      { id: "two", repo, subpath: "two", mode: "copy", extra: "priority = 2 # sooner" },
      { id: "three", repo: "./own", subpath: "three" },
    ])}`,
  );
  return { sandbox, repo };
}

const json = async (sandbox: Sandbox, args: string[], code = 0) => {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  return result.json();
};

const userManifest = (sandbox: Sandbox) => join(sandbox.home, ".eden-skills/skills.toml");

describe("config export", () => {
  it("prints a manifest that means the same [R-IMPORT-01]", async () => {
    const { sandbox } = await setUp();
    const before = await json(sandbox, ["list"]);
    const text = await sandbox.run(["config", "export"]);
    expect([text.code, text.stderr]).toEqual([0, ""]);
    expect(await json(sandbox, ["config", "export"])).toEqual({
      schema_version: 1,
      command: "config export",
      manifest: sandbox.manifestPath,
      output: null,
      toml: text.stdout,
      diagnostics: [],
    });
    expect(text.stdout).not.toContain("#");
    sandbox.writeManifest(text.stdout);
    expect(await json(sandbox, ["list"])).toEqual(before);
    expect((await sandbox.run(["config", "export"])).stdout).toBe(text.stdout);
  });

  it("writes no file over another one unless it is forced, and makes paths good for its place [R-IMPORT-02]", async () => {
    const { sandbox } = await setUp();
    const file = join(sandbox.root, "team.toml");
    expect((await sandbox.run(["config", "export", "--output", "../team.toml"])).stdout).toBe(`wrote ${file}\n`);
    const first = readFileSync(file, "utf8");
    expect(first).toContain('repo = "./project/own"');
    writeFileSync(file, "mine");
    const refused = await json(sandbox, ["config", "export", "--output", file], 2);
    expect([refused.error.code, readFileSync(file, "utf8")]).toEqual(["MANIFEST_EXISTS", "mine"]);
    await json(sandbox, ["config", "export", "--output", file, "--force"]);
    expect(readFileSync(file, "utf8")).toBe(first);
  });

  it("of a manifest that is wrong is its error", async () => {
    const { sandbox } = await setUp();
    sandbox.writeManifest("version = 1\n[[skills]]\nid = 'X'\n");
    expect((await json(sandbox, ["config", "export"], 2)).error.problems.length).toBeGreaterThan(1);
  });
});

describe("config import of collections", () => {
  it("adds what is new, reports what differs, and with --replace has exactly these [R-IMPORT-03] [R-COLLECTION-11]", async () => {
    const sandbox = use.sandbox();
    const text = (...entries: string[]) =>
      `version = 1\n[defaults]\ntargets = ["codex"]\n${entries.map((one) => `\n[[collections]]\n${one}\n`).join("")}`;
    sandbox.writeManifest(`# ours\n${text('repo = "./a"', 'repo = "acme/b"\nexclude = ["x"]')}`);
    const file = sandbox.writeManifest(text('repo = "../a"', 'repo = "acme/b"', 'repo = "acme/c"'), "deep/other.toml");
    const shown = await sandbox.run(["config", "import", "--from", file, "--dry-run"]);
    expect(shown.stdout).toBe(
      `config import --dry-run from ${file}\n+ collection acme/c\n1 would be imported, 2 skipped\n`,
    );
    const report = (await sandbox.run(["config", "import", "--from", file, "--json"])).json();
    expect([
      report.collections,
      report.skipped.map(({ id, code }: { id: string; code: string }) => [id, code]),
    ]).toEqual([
      ["acme/c"],
      [
        ["./a", "ALREADY_THERE"],
        ["acme/b", "DUPLICATE_SKILL_ID"],
      ],
    ]);
    const first = readFileSync(sandbox.manifestPath, "utf8");
    expect(first).toBe(`# ours\n${text('repo = "./a"', 'repo = "acme/b"\nexclude = ["x"]', 'repo = "acme/c"')}`);
    const replaced = await sandbox.run(["config", "import", "--from", file, "--replace", "--json"]);
    expect(replaced.json().collections).toEqual(["acme/b"]);
    expect(readFileSync(sandbox.manifestPath, "utf8")).toBe(
      `# ours\n${text('repo = "./a"', 'repo = "acme/c"', 'repo = "acme/b"')}`,
    );
  });
});

describe("config import", () => {
  it("takes an exported manifest into an empty home, which then installs the same [R-IMPORT-03] [R-IMPORT-04]", async () => {
    const { sandbox } = await setUp();
    await json(sandbox, ["apply"]);
    const lockfile = readFileSync(sandbox.lockfilePath, "utf8");
    const file = join(sandbox.root, "team.toml");
    await json(sandbox, ["config", "export", "--output", file]);
    rmSync(sandbox.manifestPath);
    rmSync(sandbox.home, { recursive: true });
    mkdirSync(sandbox.home);
    expect(await json(sandbox, ["config", "import", "--from", file, "--dry-run"])).toMatchObject({
      dry_run: true,
      imported: ["one", "two", "three"],
    });
    expect(existsSync(userManifest(sandbox))).toBe(false);
    expect(await json(sandbox, ["config", "import", "--from", file])).toEqual({
      schema_version: 1,
      command: "config import",
      manifest: userManifest(sandbox),
      dry_run: false,
      imported: ["one", "two", "three"],
      registries: [],
      settings: [],
      skipped: [],
      diagnostics: [],
    });
    expect(existsSync(join(sandbox.home, ".claude"))).toBe(false);
    const report = await json(sandbox, ["apply"]);
    expect(report.skills.map(({ id, status }: any) => [id, status])).toEqual([
      ["one", "installed"],
      ["two", "installed"],
      ["three", "installed"],
    ]);
    const pins = (text: string) => text.match(/^(?:id|tree|integrity|resolved_commit|install_mode) = .*$/gmu);
    expect(pins(readFileSync(join(sandbox.home, ".eden-skills/skills.lock"), "utf8"))).toEqual(pins(lockfile));
  });

  it("keeps what is there with its comments, and tells what it leaves out [R-IMPORT-03]", async () => {
    const { sandbox, repo } = await setUp();
    const other = join(sandbox.root, "other.toml");
    const there = [
      { id: "one", repo, subpath: "one" },
      { id: "two", repo, subpath: "one" },
      { id: "three", repo: "./project/own", subpath: "three", mode: "copy" as const },
      { id: "four", repo: "./four", extra: "priority = 7" },
      { id: "five", repo, ref: "main", subpath: "one" },
    ];
    writeFileSync(other, manifestOf(there, '[registries.own]\nurl = "./registry"'));
    const before = readFileSync(sandbox.manifestPath, "utf8");
    const result = await json(sandbox, ["config", "import", "--from", "../other.toml"], 3);
    expect(result).toMatchObject({ imported: ["four", "five"], registries: ["own"] });
    expect(result.skipped).toEqual([
      { id: "one", reason: "the manifest already has it", code: "ALREADY_THERE" },
      { id: "two", reason: "the manifest has another skill with this id", code: "DUPLICATE_SKILL_ID" },
      { id: "three", reason: "the manifest already has it", code: "ALREADY_THERE" },
    ]);
    const after = readFileSync(sandbox.manifestPath, "utf8");
    expect(after.startsWith(before)).toBe(true);
    expect(after.slice(before.length)).toBe(`
[registries.own]
url = "${sandbox.root}/registry"

[[skills]]
id = "four"
priority = 7
[skills.source]
repo = "${sandbox.root}/four"
[[skills.targets]]
agent = "claude-code"

[[skills]]
id = "five"
[skills.source]
repo = "${repo}"
ref = "main"
subpath = "one"
[[skills.targets]]
agent = "claude-code"
`);
    const again = await sandbox.run(["config", "import", "--from", other]);
    expect([again.code, again.stdout]).toEqual([3, `config import from ${other}\n0 imported, 5 skipped\n`]);
    expect(again.stderr).toContain("skipped two: the manifest has another skill with this id\n");
    writeFileSync(other, manifestOf([{ id: "one", repo, subpath: "one", ref: "main" }]));
    const moved = await sandbox.run(["config", "import", "--from", other, "--quiet"]);
    expect([moved.code, moved.stdout]).toEqual([3, ""]);
    expect(moved.stderr).toBe("skipped one: the manifest has it with another ref, the default branch\n");
    expect(readFileSync(sandbox.manifestPath, "utf8")).toBe(after);
  });

  it("leaves out a skill that cannot be here beside the others, or whose registry is another one [R-IMPORT-03]", async () => {
    const { sandbox, repo } = await setUp();
    const box = '[agents.box]\nglobal = "~/.box/skills"\n';
    sandbox.writeManifest(`version = 1\nscope = "project"\n${box}[registries.own]\nurl = "${repo}"\n`);
    const skills = [
      { id: "here", repo },
      { id: "too", repo },
    ];
    const asked = '\n[[skills]]\nname = "asked"\nregistry = "own"\n[[skills.targets]]\nagent = "codex"\n';
    const nested = '\n[[skills]]\nid = "boxed"\nsource.repo = "acme/skills"\ntargets = ["box"]\n';
    writeFileSync(
      join(sandbox.root, "other.toml"),
      `${manifestOf(skills, `${box}[registries.own]\nurl = "https://example.com/other.git"`)}${asked}${nested}`,
    );
    const result = await json(sandbox, ["config", "import", "--from", "../other.toml"], 3);
    expect(result.imported).toEqual(["here", "too"]);
    expect(result.skipped.map(({ id, code }: any) => [id, code])).toEqual([
      ["registries.own", "DUPLICATE_REGISTRY"],
      ["asked", "DUPLICATE_REGISTRY"],
      ["boxed", "TARGET_PATH_UNRESOLVED"],
    ]);
    expect((await json(sandbox, ["list"])).skills.map(({ id }: any) => id)).toEqual(["here", "too"]);
  });

  it("makes the skills those of the file with --replace, and leaves the rest of the text [R-IMPORT-03]", async () => {
    const { sandbox, repo } = await setUp();
    const other = join(sandbox.root, "other.toml");
    const skills = [
      { id: "two", repo, subpath: "two", mode: "copy" as const, extra: "priority = 2" },
      { id: "one", repo, subpath: "two" },
    ];
    writeFileSync(other, manifestOf(skills));
    const result = await json(sandbox, ["config", "import", "--from", other, "--replace"]);
    expect([result.imported, result.skipped.map(({ id }: any) => id)]).toEqual([["one"], ["two"]]);
    const text = readFileSync(sandbox.manifestPath, "utf8");
    expect(text).toMatch(/^# ours\n/u);
    expect(text).toContain("priority = 2 # sooner");
    expect((await json(sandbox, ["list"])).skills.map(({ id, source }: any) => [id, source.subpath])).toEqual([
      ["two", "two"],
      ["one", "two"],
    ]);
  });

  it("makes the file that --config names, with the scope of the other; one that is wrong or absent is an error [R-IMPORT-04]", async () => {
    const { sandbox, repo } = await setUp();
    const other = join(sandbox.root, "other.toml");
    writeFileSync(other, manifestOf([{ id: "one", repo }], 'scope = "project"'));
    const made = join(sandbox.root, "made/skills.toml");
    await json(sandbox, ["config", "import", "--from", other, "--config", made]);
    expect(readFileSync(made, "utf8")).toContain('\nscope = "project"\n');
    const errors = [["--from", "nowhere.toml"], ["--from", "own/three/SKILL.md"], []];
    const codes = [];
    for (const args of errors) codes.push((await json(sandbox, ["config", "import", ...args], 2)).error.code);
    expect(codes).toEqual(["MANIFEST_NOT_FOUND", "INVALID_TOML", "USAGE"]);
  });
});

describe("config import and settings [R-IMPORT-10]", () => {
  const SETTINGS = `version = 1
scope = "global"
[storage]
root = "./own-storage"
[reactor]
concurrency = 3
[reactor.load]
cpu_low = 30
[limits]
max_files = 7
[[skills]]
id = "a"
source.repo = "acme/a"
targets = [{ agent = "claude-code" }]
`;

  it("brings those of the other manifest into one that is made", async () => {
    const sandbox = use.sandbox();
    const from = sandbox.writeManifest(SETTINGS, "team/skills.toml");
    for (const args of [[], ["--config", "here/skills.toml"]]) {
      const report = await json(sandbox, ["config", "import", "--from", from, ...args]);
      expect(report).toMatchObject({ imported: ["a"], settings: ["storage", "reactor", "limits"], skipped: [] });
      const text = readFileSync(report.manifest, "utf8");
      expect(text).toContain("[reactor]\nconcurrency = 3\n");
      expect(text).toContain("[limits]\nmax_files = 7\n");
      const root = /^root = "(.*)"$/mu.exec(text)?.[1] ?? "";
      expect(root.replace("~", sandbox.home)).toBe(join(sandbox.project, "team/own-storage"));
      const exported = (await sandbox.run(["config", "export", "--config", report.manifest])).stdout;
      expect(exported).toContain("[reactor.load]\ncpu_low = 30");
    }
  });

  it("brings the policy, with paths that lead to the same files [R-POLICY-18]", async () => {
    const sandbox = use.sandbox();
    const policy = `[policy]
extends = "./team.toml"
min_age = "3d"
deny_findings = ["high"]
sources = { allow = ["github.com/acme", "project:skills"] }
signatures = { allowed_signers = "signers" }
budgets = { total_bytes = "1MB" }
[[policy.waivers]]
skill = "a"
rule = "sources"
reason = "reviewed"
expires = "2999-01-01"
`;
    const from = sandbox.writeManifest(SETTINGS.replace("[storage]", `${policy}[storage]`), "team/skills.toml");
    writeFileSync(join(sandbox.project, "team/team.toml"), "version = 1\n");
    const report = await json(sandbox, ["config", "import", "--from", from, "--config", "here/skills.toml"]);
    expect(report.settings).toContain("policy");
    const moved = (name: string) => join(sandbox.project, "team", name).replace(`${sandbox.home}/`, "~/");
    const exported = (await sandbox.run(["config", "export", "--config", report.manifest])).stdout;
    for (const line of [
      `extends = "${moved("team.toml")}"`,
      'min_age = "3d"',
      'deny_findings = ["high"]',
      `allow = ["github.com/acme", "file:${join(sandbox.project, "team/skills")}"]`,
      `allowed_signers = "${moved("signers")}"`,
      'total_bytes = "1MB"',
      'reason = "reviewed"',
    ])
      expect(exported).toContain(line);
    for (const [extended, expected] of [
      ["acme/team//policy.toml#v1", "acme/team//policy.toml#v1"],
      ["../team.git//rules/policy.toml", "./project/team.git//rules/policy.toml"],
    ] as const) {
      const other = sandbox.writeManifest(`version = 1\n[policy]\nextends = "${extended}"\n`, "team/other.toml");
      const output = join(sandbox.root, "exported.toml");
      await json(sandbox, ["config", "export", "--config", other, "--output", output, "--force"]);
      expect(readFileSync(output, "utf8")).toContain(`extends = "${expected}"`);
    }
    const checked = await json(sandbox, ["policy", "check", "--config", report.manifest], 1);
    expect(checked.summary.waived + checked.summary.undecided).toBe(1);
  });

  it("leaves those of one that is there, and says which it left, exit 0", async () => {
    const sandbox = use.sandbox();
    const from = sandbox.writeManifest(SETTINGS, "team/skills.toml");
    const own = "version = 1\n[limits] # ours\nmax_files = 7\n[reactor]\nconcurrency = 9\n";
    sandbox.writeManifest(own);
    const report = await json(sandbox, ["config", "import", "--from", from]);
    expect(report).toMatchObject({ imported: ["a"], settings: [] });
    expect(report.skipped).toMatchObject([
      { id: "storage", code: "SETTINGS_LEFT" },
      { id: "reactor", code: "SETTINGS_LEFT" },
    ]);
    expect(readFileSync(sandbox.manifestPath, "utf8").startsWith(own)).toBe(true);
  });

  it("writes nothing of them with --dry-run", async () => {
    const sandbox = use.sandbox();
    const from = sandbox.writeManifest(SETTINGS, "team/skills.toml");
    const report = await json(sandbox, ["config", "import", "--from", from, "--config", "new.toml", "--dry-run"]);
    expect([report.settings.length, existsSync(join(sandbox.project, "new.toml"))]).toEqual([3, false]);
  });
});

describe("config import and the defaults of both manifests [R-IMPORT-11]", () => {
  const THEIRS = (repo: string) => `version = 1
[defaults]
targets = ["claude-code", "custom:./tools"]
mode = "copy"
[agents.my-agent]
global = "./agent/skills"
[[skills]]
id = "a"
source = "${repo}//one#v1"
[[skills]]
id = "b"
source = "./own//b"
targets = ["my-agent"]
install.mode = "symlink"
`;

  it("brings them into a new manifest, with paths for its place", async () => {
    const { sandbox, repo } = await setUp();
    rmSync(sandbox.manifestPath);
    const from = sandbox.writeManifest(THEIRS(repo), "team/skills.toml");
    const report = await json(sandbox, ["config", "import", "--from", from, "--config", "new.toml"]);
    expect(report).toMatchObject({ imported: ["a", "b"], settings: ["defaults", "agents"], skipped: [] });
    const text = readFileSync(join(sandbox.project, "new.toml"), "utf8");
    expect(text).toContain('[defaults]\ntargets = ["claude-code", "custom:./team/tools"]\nmode = "copy"\n');
    expect(text).toContain('[agents.my-agent]\nglobal = "./team/agent/skills"\n');
    expect(text).not.toContain("\n\n\n");
    expect(text).toContain(`[[skills]]\nid = "a"\nsource = "${repo}//one#v1"\n\n`);
    expect(text).toContain('id = "b"\nsource = "./team/own//b"\ntargets = ["my-agent"]\n');
  });

  it("gives a skill its own targets and mode where the defaults differ", async () => {
    const { sandbox, repo } = await setUp();
    sandbox.writeManifest('version = 1\n[defaults]\ntargets = ["custom:./team/tools", "claude-code"]\n');
    const from = sandbox.writeManifest(THEIRS(repo), "team/skills.toml");
    const report = await json(sandbox, ["config", "import", "--from", from]);
    expect(report).toMatchObject({ imported: ["a", "b"], settings: ["agents.my-agent"] });
    expect(report.skipped).toMatchObject([{ id: "defaults", code: "SETTINGS_LEFT" }]);
    expect(readFileSync(sandbox.manifestPath, "utf8")).toContain(
      `[[skills]]\nid = "a"\nsource = "${repo}//one#v1"\n[skills.install]\nmode = "copy"\n`,
    );
    sandbox.writeManifest('version = 1\n[defaults]\ntargets = ["codex"]\nmode = "copy"\n');
    await json(sandbox, ["config", "import", "--from", from]);
    expect(readFileSync(sandbox.manifestPath, "utf8")).toMatch(
      /id = "a"\nsource = "[^"]+"\ntargets = \["claude-code", "custom:\.\/team\/tools"\]\n\n/u,
    );
  });

  it("gives a collection its own targets and mode where the defaults differ, and finds it again", async () => {
    const { sandbox, repo } = await setUp();
    const collection = `[[collections]]\nrepo = "${repo}"\ninclude = ["t*"]\n`;
    const from = sandbox.writeManifest(
      `version = 1\n[defaults]\ntargets = ["cursor"]\nmode = "copy"\n${collection}`,
      "team/skills.toml",
    );
    for (const [own, added] of [
      ["", 'mode = "copy"\ntargets = ["cursor"]\n'],
      ['[defaults]\ntargets = ["claude-code"]\nmode = "copy"\n', 'targets = ["cursor"]\n'],
      ['[defaults]\ntargets = ["cursor"]\n', 'mode = "copy"\n'],
    ] as const) {
      const text = `version = 1\n${own}`;
      sandbox.writeManifest(text);
      const report = await json(sandbox, ["config", "import", "--from", from]);
      expect(report).toMatchObject({ collections: [repo] });
      expect(readFileSync(sandbox.manifestPath, "utf8")).toBe(`${text}\n${collection}${added}`);
      const again = await json(sandbox, ["config", "import", "--from", from]);
      expect(again).toMatchObject({ collections: [] });
      expect(again.skipped).toContainEqual(expect.objectContaining({ id: repo, code: "ALREADY_THERE" }));
    }
  });
});

describe("config import and a collection that the manifest cannot have", () => {
  it("skips it, and imports the rest [R-IMPORT-03]", async () => {
    const { sandbox, repo } = await setUp();
    const agent = '[agents.mine]\nglobal = "~/.mine/skills"\n';
    const rest = '[[skills]]\nid = "b"\nsource = "acme/b"\ntargets = ["codex"]\n';
    const from = sandbox.writeManifest(
      `version = 1\n${agent}[[collections]]\nrepo = "${repo}"\ntargets = ["mine"]\n${rest}`,
      "team/skills.toml",
    );
    const own = 'version = 1\nscope = "project"\n';
    sandbox.writeManifest(own);
    const report = await json(sandbox, ["config", "import", "--from", from], 3);
    expect(report).toMatchObject({ imported: ["b"], collections: [] });
    expect(report.skipped).toMatchObject([{ id: repo, code: "TARGET_PATH_UNRESOLVED" }]);
    sandbox.writeManifest(own);
    const replaced = await json(sandbox, ["config", "import", "--from", from, "--replace"], 2);
    expect(replaced.error.code).toBe("TARGET_PATH_UNRESOLVED");
    expect(readFileSync(sandbox.manifestPath, "utf8")).toBe(own);
  });
});

describe("config import and agents [R-IMPORT-13]", () => {
  const THEIRS = `version = 1
[agents.my-agent] # theirs
project = ".my/skills"
global = "./agent/skills"
[agents.cursor]
global = "~/.their-cursor/skills"
[[skills]]
id = "a"
source = "acme/a"
targets = ["my-agent", "cursor"]
`;

  it("brings agents that the manifest does not have, but no other directories of known ones", async () => {
    const sandbox = use.sandbox();
    const from = sandbox.writeManifest(THEIRS, "team/skills.toml");
    const own = "version = 1 # ours\n";
    sandbox.writeManifest(own);
    const report = await json(sandbox, ["config", "import", "--from", from]);
    expect(report).toMatchObject({ imported: ["a"], settings: ["agents.my-agent"] });
    expect(report.skipped).toMatchObject([{ id: "agents", code: "SETTINGS_LEFT" }]);
    expect(readFileSync(sandbox.manifestPath, "utf8")).toBe(
      `${own}\n[agents.my-agent]\nproject = ".my/skills"\nglobal = "./team/agent/skills"\n\n` +
        `[[skills]]\nid = "a"\nsource = "acme/a"\ntargets = ["my-agent", "cursor"]\n`,
    );
    const again = await json(sandbox, ["config", "import", "--from", from]);
    expect(again).toMatchObject({ imported: [], settings: [] });
  });

  it("leaves an agent that the manifest defines as it is there", async () => {
    const sandbox = use.sandbox();
    const from = sandbox.writeManifest(THEIRS, "team/skills.toml");
    sandbox.writeManifest('version = 1\n[agents.my-agent]\nglobal = "~/.ours/skills"\n');
    const report = await json(sandbox, ["config", "import", "--from", from]);
    expect(report).toMatchObject({ imported: ["a"], settings: [] });
    expect(report.skipped.map(({ id }: { id: string }) => id)).toEqual(["agents"]);
    expect(readFileSync(sandbox.manifestPath, "utf8")).not.toContain("./team");
  });
});
