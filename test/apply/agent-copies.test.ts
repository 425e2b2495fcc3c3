import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const PROJECT = 'scope = "project"';
const BOTH = ["claude-code", "github-copilot"];

/** A project whose manifest wants one skill of a repository, linked. */
async function setUp(spec: Partial<SkillSpec> = {}, head = PROJECT) {
  const sandbox = use.sandbox();
  const bare = join(sandbox.root, "served/skills.git");
  const repository = await createRepository(bare, { files: { "one/SKILL.md": skillText("one") } });
  sandbox.writeManifest(manifestOf([{ id: "one", repo: bare, subpath: "one", agents: BOTH, ...spec }], head));
  return { sandbox, repository, bare };
}

async function run(sandbox: Sandbox, args: readonly string[], code = 0) {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  return result.json();
}

const kindAt = (path: string) => {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "nothing" : stats.isSymbolicLink() ? "link" : "copy";
};
const kinds = ({ project }: Sandbox, id = "one") =>
  [".claude/skills", ".agents/skills"].map((directory) => kindAt(join(project, directory, id)));
const targetsOf = (report: { skills: { targets: { action: string; reasons: string[] }[] }[] }) =>
  report.skills.flatMap(({ targets }) => targets);
const codes = (report: { findings: { code: string }[] }) => report.findings.map(({ code }) => code);
const NO_NOTES = /LICENSE|GIT_OLD/u;

describe("where an agent leaves out links that lead out of the project", () => {
  it("each directory that it reads gets copies, and everything else knows it [R-AGENT-02] [R-AGENT-04]", async () => {
    const { sandbox, repository } = await setUp();
    // Never synced: the plan says what will be.
    const planned = await run(sandbox, ["plan"]);
    expect(planned.map(({ install_mode }: { install_mode: string }) => install_mode)).toEqual(["copy", "copy"]);
    const first = await run(sandbox, ["apply"]);
    expect(kinds(sandbox)).toEqual(["copy", "copy"]);
    for (const { action, reasons } of targetsOf(first)) {
      expect(action).toBe("create");
      expect(reasons.join("; ")).toContain("github-copilot leaves out links that lead out of the project");
    }
    // The lockfile says what the manifest says.
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toContain('install_mode = "symlink"');
    for (const args of [["apply"], ["apply", "--frozen"], ["repair"]])
      expect(targetsOf(await run(sandbox, args)).map(({ action }) => action)).toEqual(["noop", "noop"]);
    expect(await run(sandbox, ["plan", "--check"])).toMatchObject([{ action: "noop" }, { action: "noop" }]);
    expect(codes(await run(sandbox, ["doctor"])).filter((code) => !NO_NOTES.test(code))).toEqual(["SKILL_DUPLICATE"]);
    await repository.commit({ files: { "one/SKILL.md": skillText("one", "Better.") } });
    expect(targetsOf(await run(sandbox, ["update"])).map(({ action }) => action)).toEqual(["update", "update"]);
    expect(readFileSync(join(sandbox.project, ".claude/skills/one/SKILL.md"), "utf8")).toContain("Better.");
    await run(sandbox, ["remove", "one"]);
    expect(kinds(sandbox)).toEqual(["nothing", "nothing"]);
  });

  it("an edited copy is kept, and its pin with it [R-AGENT-02]", async () => {
    const { sandbox, repository } = await setUp();
    await run(sandbox, ["apply"]);
    const file = join(sandbox.project, ".claude/skills/one/SKILL.md");
    writeFileSync(file, "mine\n");
    const lockfile = readFileSync(sandbox.lockfilePath, "utf8");
    await repository.commit({ files: { "one/SKILL.md": skillText("one", "Better.") } });
    await run(sandbox, ["update"], 3);
    expect([readFileSync(file, "utf8"), readFileSync(sandbox.lockfilePath, "utf8")]).toEqual(["mine\n", lockfile]);
    expect(codes(await run(sandbox, ["doctor"]))).toContain("TARGET_MODIFIED");
  });

  it("the manifest decides, not the mode of before: links become copies when the agent is named, and links again after it [R-AGENT-02]", async () => {
    const { sandbox, bare } = await setUp({ agents: ["claude-code"] });
    await run(sandbox, ["apply"]);
    expect(kinds(sandbox)).toEqual(["link", "nothing"]);
    // Another skill's agent reads the same directory, and one link there costs it all skills in it.
    const two = { id: "two", repo: bare, subpath: "one", agents: ["github-copilot"] };
    const one = { id: "one", repo: bare, subpath: "one", agents: ["claude-code"] };
    sandbox.writeManifest(manifestOf([one, two], PROJECT));
    const [changed] = targetsOf(await run(sandbox, ["apply"]));
    expect(changed).toMatchObject({
      action: "update",
      reasons: [expect.stringContaining("a link becomes a copy"), expect.anything()],
    });
    expect([...kinds(sandbox), ...kinds(sandbox, "two")]).toEqual(["copy", "nothing", "nothing", "copy"]);
    sandbox.writeManifest(manifestOf([one, { ...two, extra: "enabled = false" }], PROJECT));
    await run(sandbox, ["apply"]);
    expect([...kinds(sandbox), ...kinds(sandbox, "two")]).toEqual(["link", "nothing", "nothing", "nothing"]);
  });

  it("directories that it does not read, other scopes and links that stay in the project are links as ever [R-AGENT-02]", async () => {
    const { sandbox, bare } = await setUp({ agents: ["github-copilot", "qwen-code"] });
    const own = join(sandbox.project, "skills/own");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "SKILL.md"), skillText("own"));
    const specs = [
      { id: "one", repo: bare, subpath: "one", agents: ["github-copilot", "qwen-code"] },
      { id: "own", repo: "./skills/own", agents: ["github-copilot"] },
    ];
    sandbox.writeManifest(manifestOf(specs, PROJECT));
    await run(sandbox, ["apply"]);
    expect(kindAt(join(sandbox.project, ".qwen/skills/one"))).toBe("link");
    expect(kindAt(join(sandbox.project, ".agents/skills/one"))).toBe("copy");
    expect(kindAt(join(sandbox.project, ".agents/skills/own"))).toBe("link");
    // A store in the project: no link leaves it.
    sandbox.writeManifest(manifestOf(specs, `${PROJECT}\n[storage]\nroot = ".eden"`));
    await run(sandbox, ["apply", "--force"]);
    expect(kindAt(join(sandbox.project, ".agents/skills/one"))).toBe("link");
    sandbox.writeManifest(manifestOf([{ ...specs[0], id: "one", repo: bare }], 'scope = "global"'));
    await run(sandbox, ["apply"]);
    expect(kindAt(join(sandbox.home, ".agents/skills/one"))).toBe("link");
  });

  it("a path that is one of its directories counts, too, and so does a source that only seems to lie in the project [R-AGENT-02]", async () => {
    const { sandbox, bare } = await setUp();
    const elsewhere = join(sandbox.root, "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "SKILL.md"), skillText("two"));
    mkdirSync(join(sandbox.project, "skills"));
    symlinkSync(elsewhere, join(sandbox.project, "skills/two"));
    const target = (agent: string, path?: string) =>
      `[[skills.targets]]\nagent = "${agent}"\n${path === undefined ? "" : `path = "${path}"\n`}`;
    sandbox.writeManifest(
      manifestOf(
        [
          { id: "two", repo: "./skills/two", agents: ["github-copilot"] },
          { id: "one", repo: bare, subpath: "one", agents: [] },
        ],
        PROJECT,
      ) + target("custom", "./.github/skills"),
    );
    await run(sandbox, ["apply"]);
    expect(kindAt(join(sandbox.project, ".github/skills/one"))).toBe("copy");
    expect(kindAt(join(sandbox.project, ".agents/skills/two"))).toBe("copy");
  });

  it("a directory of the user's own becomes a copy that follows it, and no content of it is pinned [R-AGENT-02] [R-LOCK-09]", async () => {
    const { sandbox } = await setUp();
    const own = join(sandbox.root, "own");
    mkdirSync(own);
    writeFileSync(join(own, "SKILL.md"), skillText("own"));
    sandbox.writeManifest(manifestOf([{ id: "own", repo: own, agents: ["github-copilot", "qwen-code"] }], PROJECT));
    await run(sandbox, ["apply"]);
    const copy = join(sandbox.project, ".agents/skills/own");
    expect([kindAt(copy), readlinkSync(join(sandbox.project, ".qwen/skills/own"))]).toEqual(["copy", own]);
    const lockfile = readFileSync(sandbox.lockfilePath, "utf8");
    expect(lockfile).toContain('tree = ""\nintegrity = ""\ninstall_mode = "symlink"');
    writeFileSync(join(own, "SKILL.md"), skillText("own", "Changed."));
    expect(await run(sandbox, ["plan"])).toMatchObject([{ action: "update" }, { action: "noop" }]);
    await run(sandbox, ["apply", "--frozen"]);
    expect(readFileSync(join(copy, "SKILL.md"), "utf8")).toContain("Changed.");
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(lockfile);
    expect(targetsOf(await run(sandbox, ["apply"])).map(({ action }) => action)).toEqual(["noop", "noop"]);
    await run(sandbox, ["remove", "own"]);
    expect([existsSync(copy), existsSync(join(own, "SKILL.md"))]).toEqual([false, true]);
  });

  it("checks of a link are not asked of a copy, and the others are [R-AGENT-02]", async () => {
    const { sandbox } = await setUp({ agents: ["github-copilot"] });
    const text = readFileSync(sandbox.manifestPath, "utf8");
    const checks = '[skills.verify]\nchecks = ["path-exists", "is-symlink", "content-matches"]\n[[skills.targets]]';
    writeFileSync(sandbox.manifestPath, text.replace("[[skills.targets]]", checks));
    expect(targetsOf(await run(sandbox, ["apply"]))).toMatchObject([{ action: "create", status: "done" }]);
  });

  it("a machine that lost its state knows the copies by the lockfile; what another tool put there can be adopted [R-AGENT-02]", async () => {
    const { sandbox, repository } = await setUp({ agents: ["github-copilot"] });
    await run(sandbox, ["apply"]);
    await removeTree(join(sandbox.storage, "state"));
    await repository.commit({ files: { "one/SKILL.md": skillText("one", "Better.") } });
    const [updated] = targetsOf(await run(sandbox, ["update"]));
    expect(updated).toMatchObject({ action: "update", status: "done" });
    // The whole storage lost: the copies are as they were, and a second clone gets its own.
    const clone = join(sandbox.root, "clone");
    mkdirSync(clone);
    for (const name of ["skills.toml", "skills.lock"])
      writeFileSync(join(clone, name), readFileSync(join(sandbox.project, name)));
    const there = await sandbox.run(["apply", "--frozen", "--json"], { cwd: clone });
    expect(there.code, there.stdout + there.stderr).toBe(0);
    expect(kindAt(join(clone, ".agents/skills/one"))).toBe("copy");
  });

  it("a link that is not ours stays where a copy is to be [R-AGENT-02]", async () => {
    const { sandbox } = await setUp({ agents: ["github-copilot"] });
    const target = join(sandbox.project, ".agents/skills/one");
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync("/usr/share", target);
    await run(sandbox, ["apply"], 3);
    expect(readlinkSync(target)).toBe("/usr/share");
  });
});
