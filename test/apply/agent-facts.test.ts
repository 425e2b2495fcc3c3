import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const PROJECT = 'scope = "project"';

/** A machine, and a repository with the skill `one`. */
async function setUp() {
  const sandbox = use.sandbox();
  const bare = join(sandbox.root, "served/skills.git");
  await createRepository(bare, { files: { "one/SKILL.md": skillText("one") } });
  const one = (agents: string[]): SkillSpec => ({ id: "one", repo: bare, subpath: "one", agents });
  return { sandbox, bare, one };
}

type Options = { cwd?: string; env?: Record<string, string>; code?: number };

async function run(sandbox: Sandbox, args: readonly string[], { code = 0, ...options }: Options = {}) {
  const result = await sandbox.run([...args, "--json"], options);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  return result.json();
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

type Finding = {
  code: string;
  message: string;
  skill_id: string | null;
  target_path: string | null;
  remediation: string;
};

async function findings(sandbox: Sandbox, code: string, options: Options = {}): Promise<Finding[]> {
  const report = await run(sandbox, ["doctor"], options);
  return report.findings.filter((one: Finding) => one.code === code);
}

describe("doctor knows of agents", () => {
  it("which of two skills of one name they take [R-AGENT-03] [R-DOCTOR-05]", async () => {
    const { sandbox, one } = await setUp();
    const project = (directory: string) => join(sandbox.project, directory, "skills/one");
    const user = (directory: string) => join(sandbox.home, directory, "skills/one");
    const shadowed = async (agent: string, other: string) => {
      sandbox.writeManifest(manifestOf([one([agent])], PROJECT));
      await run(sandbox, ["apply"]);
      write(join(other, "SKILL.md"), skillText("one", "Another one."));
      const found = await findings(sandbox, "SKILL_SHADOWED");
      expect(found, agent).toHaveLength(1);
      rmSync(other, { recursive: true });
      return found[0];
    };
    // The user's wins over the project's.
    const claude = await shadowed("claude-code", user(".claude"));
    expect(claude?.target_path).toBe(project(".claude"));
    expect(claude?.message).toContain(`in ${user(".claude")} and ${project(".claude")}, and takes the first`);
    expect((await shadowed("cline", user(".cline")))?.target_path).toBe(project(".agents"));
    // The project's wins over the user's, and one directory over another.
    expect((await shadowed("kiro-cli", user(".kiro")))?.target_path).toBe(user(".kiro"));
    expect((await shadowed("gemini-cli", project(".gemini")))?.target_path).toBe(project(".gemini"));
    expect((await shadowed("codex", project(".codex")))?.message).toContain("shows both");
    expect((await shadowed("cursor", project(".cursor")))?.message).toContain("one hides the other");
  });

  it("that they read the directories above up to the root of the repository, and none beyond [R-AGENT-03]", async () => {
    const { sandbox, one } = await setUp();
    const inner = join(sandbox.project, "packages/inner");
    write(join(inner, "skills.toml"), manifestOf([one(["codex", "gemini-cli"])], PROJECT));
    await run(sandbox, ["apply"], { cwd: inner });
    const above = join(sandbox.project, ".agents/skills/one/SKILL.md");
    write(above, skillText("one"));
    // Outside of a repository there is nothing above.
    expect(await findings(sandbox, "SKILL_DUPLICATE", { cwd: inner })).toEqual([]);
    mkdirSync(join(sandbox.project, ".git"));
    const twice = await findings(sandbox, "SKILL_DUPLICATE", { cwd: inner });
    expect(twice.map(({ message, target_path }) => [message.split(" ")[0], target_path])).toEqual([
      ["codex", dirname(above)],
    ]);
    mkdirSync(join(sandbox.project, "packages/.git"));
    expect(await findings(sandbox, "SKILL_DUPLICATE", { cwd: inner })).toEqual([]);
  });

  it("that some read files beside directories, and some are moved by a variable [R-AGENT-01] [R-AGENT-03]", async () => {
    const { sandbox, one } = await setUp();
    sandbox.writeManifest(manifestOf([one(["opencode", "codex"])], PROJECT));
    await run(sandbox, ["apply"]);
    write(join(sandbox.project, ".opencode/skills/one.md"), skillText("one", "Another one."));
    const codexHome = join(sandbox.root, "codex");
    write(join(codexHome, "skills/one/SKILL.md"), skillText("one", "A third one."));
    const found = await findings(sandbox, "SKILL_SHADOWED", { env: { CODEX_HOME: codexHome } });
    expect(found.map(({ message, target_path }) => [message.split(" ")[0], target_path])).toEqual(
      expect.arrayContaining([
        ["opencode", join(sandbox.project, ".opencode/skills/one.md")],
        ["codex", join(codexHome, "skills/one")],
      ]),
    );
    expect(found).toHaveLength(2);
  });

  it("how much of descriptions they show, and which skills do not count [R-AGENT-03]", async () => {
    const { sandbox, one } = await setUp();
    sandbox.writeManifest(manifestOf([one(["claude-code"])], PROJECT));
    await run(sandbox, ["apply"]);
    const skill = (name: string, length: number, more = "") =>
      write(
        join(sandbox.project, ".claude/skills", name, "SKILL.md"),
        `---\nname: ${name}\n${more}description: ${"x".repeat(length)}\n---\n`,
      );
    for (let index = 0; index < 9; index++) skill(`s${index}`, 900);
    const [found, ...others] = await findings(sandbox, "DESCRIPTION_BUDGET");
    expect(others).toEqual([]);
    expect(found?.message).toMatch(/claude-code.*8[12]\d\d characters.*1 % .*8000 characters/u);
    // A skill that the model may not start does not count, and no description counts for more than is shown of it.
    skill("s0", 900, "disable-model-invocation: true\n");
    expect(await findings(sandbox, "DESCRIPTION_BUDGET")).toEqual([]);
    for (let index = 1; index < 9; index++) skill(`s${index}`, 10);
    for (let index = 1; index < 5; index++) skill(`s${index}`, 9000);
    expect(await findings(sandbox, "DESCRIPTION_BUDGET")).toEqual([]);
  });

  it("that one is retired, and what takes its place; it is installed for all the same, and never chosen [R-AGENT-06]", async () => {
    const { sandbox, one, bare } = await setUp();
    sandbox.writeManifest(manifestOf([one(["roo"]), { ...one(["roo"]), id: "two" }], PROJECT));
    const applied = await run(sandbox, ["apply", "--strict"]);
    const warnings = applied.diagnostics.filter(({ code }: { code: string }) => code === "AGENT_RETIRED");
    expect(warnings).toMatchObject([
      { severity: "warning", message: expect.stringMatching(/roo .*2026-05-15.*zoo-code/u) },
    ]);
    expect(readdirSync(join(sandbox.project, ".roo/skills"))).toEqual(expect.arrayContaining(["one", "two"]));
    const [found, ...others] = await findings(sandbox, "AGENT_RETIRED");
    expect([found?.remediation, others]).toEqual([expect.stringContaining("--target zoo-code"), []]);
    // `set` refuses a member of a collection.
    sandbox.writeManifest(`version = 1\n${PROJECT}\n[[collections]]\nrepo = "${bare}"\ntargets = ["roo"]\n`);
    await run(sandbox, ["apply"]);
    const [ofMember] = await findings(sandbox, "AGENT_RETIRED");
    expect(ofMember?.remediation).toMatch(/zoo-code.*`targets` in the manifest/u);
    expect(ofMember?.remediation).not.toContain("--target");
    // Its directory stands for its successor.
    mkdirSync(join(sandbox.home, ".roo"));
    await run(sandbox, ["install", bare, "--config", join(sandbox.root, "other/skills.toml"), "--skill", "one"]);
    const listed = await run(sandbox, ["list", "--config", join(sandbox.root, "other/skills.toml")]);
    expect(listed.skills[0].targets).toEqual([{ agent: "zoo-code", path: join(sandbox.home, ".roo/skills/one") }]);
  });

  it("who loads a skill only under the name of its directory [R-AGENT-03]", async () => {
    const { sandbox, one } = await setUp();
    sandbox.writeManifest(manifestOf([{ ...one(["cline", "codex", "opencode"]), id: "other" }], PROJECT));
    await run(sandbox, ["apply"]);
    const found = await findings(sandbox, "SKILL_INVALID");
    const messages = found.map(({ message }) => message);
    expect(found[0]?.remediation).toContain("though opencode accepts any name");
    expect(messages).toHaveLength(2);
    expect(messages.find((text) => text.includes("cline does not load"))).not.toContain("codex");
  });

  it("whom a link out of the project concerns [R-AGENT-03] [R-DOCTOR-05]", async () => {
    const { sandbox, one } = await setUp();
    sandbox.writeManifest(manifestOf([one(["claude-code", "qwen-code"])], PROJECT));
    await run(sandbox, ["apply"]);
    const escapes = await findings(sandbox, "LINK_ESCAPES_PROJECT");
    expect(escapes.map(({ target_path, message }) => [target_path, /github-copilot/u.test(message)])).toEqual([
      [join(sandbox.project, ".claude/skills"), true],
      [join(sandbox.project, ".qwen/skills"), false],
    ]);
  });
});

describe("an agent whose directory is another one now", () => {
  it.each(["project", "global"])("has its targets moved by the next apply, in %s scope [R-AGENT-07]", async (scope) => {
    const { sandbox, one } = await setUp();
    const base = scope === "project" ? sandbox.project : sandbox.home;
    const old = join(base, scope === "project" ? ".goose/skills" : ".config/goose/skills");
    // What an earlier version did: the same targets, recorded in state and lockfile.
    sandbox.writeManifest(manifestOf([one([])], `scope = "${scope}"`) + customTarget(old));
    await run(sandbox, ["apply"]);
    const formerLock = readFileSync(sandbox.lockfilePath, "utf8").replace('agent = "custom"', 'agent = "goose"');
    writeFileSync(sandbox.lockfilePath, formerLock);
    sandbox.writeManifest(manifestOf([one(["goose"])], `scope = "${scope}"`));
    write(join(old, "mine/SKILL.md"), skillText("mine"));
    const frozen = await run(sandbox, ["apply", "--frozen"], { code: 3 });
    expect(frozen.error.code).toBe("LOCK_OUT_OF_DATE");
    expect(frozen.error.message).toMatch(/one: targets changed/u);
    const [moved] = await findings(sandbox, "AGENT_DIRECTORY_MOVED");
    expect(moved).toMatchObject({
      target_path: old,
      remediation: expect.stringContaining(join(base, ".agents/skills")),
    });
    const report = await run(sandbox, ["apply"]);
    const done = report.skills[0].targets.map(({ action, path }: { action: string; path: string }) => [action, path]);
    expect(done.toSorted()).toEqual([
      ["create", join(base, ".agents/skills/one")],
      ["remove", join(old, "one")],
    ]);
    expect(existsSync(join(base, ".agents/skills/one/SKILL.md"))).toBe(true);
    // What is not ours stays, and is reported.
    expect(readdirSync(old).filter((name) => !name.startsWith("."))).toEqual(["mine"]);
    expect((await findings(sandbox, "AGENT_DIRECTORY_MOVED"))[0]?.message).toContain("mine");
    await run(sandbox, ["apply", "--frozen"]);
  });

  it("shares the new directory with others, and the old one goes [R-AGENT-07]", async () => {
    const { sandbox, one } = await setUp();
    const old = join(sandbox.project, ".goose/skills");
    sandbox.writeManifest(manifestOf([one(["codex"])], PROJECT) + customTarget(old));
    await run(sandbox, ["apply"]);
    sandbox.writeManifest(manifestOf([one(["codex", "goose"])], PROJECT));
    const report = await run(sandbox, ["apply"]);
    expect(report.skills[0].targets.map(({ action }: { action: string }) => action).toSorted()).toEqual([
      "noop",
      "remove",
    ]);
    expect(await findings(sandbox, "AGENT_DIRECTORY_MOVED")).toEqual([]);
  });
});

const customTarget = (path: string) => `[[skills.targets]]\nagent = "custom"\npath = "${path}"\n`;

describe("targets that were not named", () => {
  const AGENT_HOMES: Record<string, string> = {
    "claude-code": ".claude",
    codex: ".codex",
    cursor: ".cursor",
    "github-copilot": ".copilot",
    rovodev: ".rovodev",
    "zoo-code": ".roo",
    goose: ".config/goose",
  };

  async function installed(agents: string[], scope: "project" | "global") {
    const { sandbox, bare } = await setUp();
    for (const agent of agents) mkdirSync(join(sandbox.home, AGENT_HOMES[agent] ?? ""), { recursive: true });
    const where = scope === "project" ? ["--project"] : [];
    if (scope === "project") sandbox.writeManifest(`version = 1\n${PROJECT}\n`);
    const report = await run(sandbox, ["install", bare, "--skill", "one", ...where]);
    const { findings: found, agents: views } = await run(sandbox, ["doctor"], {});
    const base = scope === "project" ? sandbox.project : sandbox.home;
    const paths = report.skills[0].targets.map(({ path }: { path: string }) => path.slice(base.length + 1));
    const notes = report.diagnostics.filter(({ code }: { code: string }) => code === "TARGETS_CHOSEN");
    return { sandbox, bare, report, paths, found, views, notes };
  }

  it.each([
    [["claude-code"], "global", [".claude/skills/one"]],
    [["claude-code", "cursor"], "global", [".claude/skills/one"]],
    [["claude-code", "cursor"], "project", [".claude/skills/one"]],
    [["claude-code", "codex", "cursor"], "project", [".claude/skills/one", ".agents/skills/one"]],
    [["claude-code", "github-copilot", "goose"], "project", [".claude/skills/one"]],
    [["rovodev", "zoo-code"], "global", [".agents/skills/one"]],
  ] as const)("for %j in %s scope are the fewest directories [R-AGENT-05]", async (agents, scope, expected) => {
    const { paths, found, views, report } = await installed([...agents], scope);
    // A report has them in the order in which they ended.
    expect(paths.toSorted()).toEqual(expected.toSorted());
    // Each agent is known to be served, and none sees the skill twice where that could be avoided.
    const named = report.skills[0].targets.flatMap((target: { agents: string[] }) => target.agents);
    expect(named.filter((agent: string) => agent !== "universal").toSorted()).toEqual([...agents].toSorted());
    for (const { agent, directories } of views) {
      const times = directories.filter(({ skills }: { skills: string[] }) => skills.includes("one")).length;
      expect(times, agent).toBe(agent === "cursor" && expected.length === 2 ? 2 : 1);
    }
    const twice = found.filter(({ code }: Finding) => code === "SKILL_DUPLICATE");
    expect(twice).toHaveLength(expected.length === 2 ? 1 : 0);
  });

  it("are reported with the agents that read them, and only where they share [R-AGENT-05]", async () => {
    const shared = await installed(["claude-code", "cursor"], "global");
    expect(shared.notes).toMatchObject([
      { severity: "info", message: "chosen for the agents found here: ~/.claude/skills (claude-code, cursor)" },
    ]);
    // Named later, an agent that is served already is not served twice; another one is added, and nothing forgotten.
    await run(shared.sandbox, ["install", shared.bare, "--skill", "one", "--target", "cursor", "codex"]);
    const listed = await run(shared.sandbox, ["list"]);
    expect(
      listed.skills[0].targets.map(({ agent, path }: { agent: string; path: string }) => [
        agent,
        dirname(path).slice(shared.sandbox.home.length),
      ]),
    ).toEqual([
      ["claude-code", "/.claude/skills"],
      ["cursor", "/.claude/skills"],
      ["codex", "/.agents/skills"],
    ]);
    expect((await installed(["claude-code"], "global")).notes).toEqual([]);
  });

  it("are copies for an agent that leaves out links, although another one's directory serves it [R-AGENT-02] [R-AGENT-05]", async () => {
    const { sandbox, report } = await installed(["claude-code", "github-copilot"], "project");
    expect(report.skills[0].targets[0].reasons.join("; ")).toContain("github-copilot leaves out");
    expect(existsSync(join(sandbox.project, ".agents"))).toBe(false);
  });

  it("serve add and import as well [R-AGENT-05]", async () => {
    const { sandbox, bare } = await setUp();
    for (const agent of ["claude-code", "cursor"]) mkdirSync(join(sandbox.home, AGENT_HOMES[agent] ?? ""));
    sandbox.writeManifest(`version = 1\n${PROJECT}\n`);
    const added = await run(sandbox, ["add", "--id", "one", "--repo", bare, "--subpath", "one"]);
    const path = join(sandbox.project, ".claude/skills");
    expect(added.skill.targets).toEqual(["claude-code", "cursor"].map((agent) => ({ agent, path: join(path, "one") })));
    writeFileSync(
      join(sandbox.project, "package.json"),
      JSON.stringify({ skills: [{ source: bare, skills: ["one"] }] }),
    );
    writeFileSync(sandbox.manifestPath, `version = 1\n${PROJECT}\n`);
    const imported = await run(sandbox, ["import", "package.json"]);
    expect(imported).toMatchObject({ imported: ["one"], directories: [{ path, agents: ["claude-code", "cursor"] }] });
  });
});
