import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const PROJECT = 'scope = "project"';
const IN_PROJECT = `${PROJECT}\n[storage]\nroot = ".eden"`;

/** A project with a skill of its own in `skills/foo`. */
function withOwnSkill(head = PROJECT, mode: "symlink" | "copy" = "symlink") {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.project, "skills/foo"), { recursive: true });
  writeFileSync(join(sandbox.project, "skills/foo/SKILL.md"), skillText("foo"));
  sandbox.writeManifest(manifestOf([{ id: "foo", repo: "./skills/foo", mode }], head));
  return sandbox;
}

async function run(
  sandbox: Sandbox,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
) {
  const result = await sandbox.run([...args, "--json"], options);
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return result.json();
}

const targetIn = (directory: string) => join(directory, ".claude/skills/foo");
const actions = (report: { skills: { targets: { action: string }[] }[] }) =>
  report.skills.flatMap(({ targets }) => targets.map(({ action }) => action));

describe("links within a project", () => {
  it("to a directory of the project are relative, and lead there from wherever the project is moved [R-INSTALL-13]", async () => {
    const sandbox = withOwnSkill();
    await run(sandbox, ["apply"]);
    expect(readlinkSync(targetIn(sandbox.project))).toBe("../../skills/foo");
    expect(actions(await run(sandbox, ["apply"]))).toEqual(["noop"]);
    const moved = join(sandbox.root, "moved");
    renameSync(sandbox.project, moved);
    mkdirSync(sandbox.project);
    expect(readFileSync(join(targetIn(moved), "SKILL.md"), "utf8")).toBe(skillText("foo"));
    expect(actions(await run(sandbox, ["apply", "--frozen"], { cwd: moved }))).toEqual(["noop"]);
    await run(sandbox, ["remove", "foo"], { cwd: moved });
    expect([existsSync(targetIn(moved)), existsSync(join(moved, "skills/foo/SKILL.md"))]).toEqual([false, true]);
  });

  it("to a store in the project are relative; clean, doctor and removal know them [R-INSTALL-13] [R-CLEAN-03]", async () => {
    const sandbox = use.sandbox();
    const { dir } = await createRepository(join(sandbox.root, "one.git"), { files: { "SKILL.md": skillText("foo") } });
    sandbox.writeManifest(manifestOf([{ id: "foo", repo: `file://${dir}` }], IN_PROJECT));
    await run(sandbox, ["apply"]);
    expect(readlinkSync(targetIn(sandbox.project))).toMatch(/^\.\.\/\.\.\/\.eden\/store\/[0-9a-f]{40}\/foo$/u);
    rmSync(sandbox.lockfilePath);
    rmSync(join(sandbox.project, ".eden/history"), { recursive: true });
    rmSync(sandbox.manifestPath);
    sandbox.writeManifest(`version = 1\n[storage]\nroot = "../.eden"\n`, "other/skills.toml");
    const { removed } = await run(sandbox, ["clean"], { cwd: join(sandbox.project, "other") });
    expect(removed.filter((path: string) => path.includes("/store/"))).toEqual([]);
    sandbox.writeManifest(manifestOf([{ id: "foo", repo: `file://${dir}` }], IN_PROJECT));
    expect(actions(await run(sandbox, ["apply"]))).toEqual(["noop"]);
    expect((await run(sandbox, ["doctor"])).findings.map(({ code }: { code: string }) => code)).not.toContain(
      "TARGET_MISMATCH",
    );
    sandbox.writeManifest(manifestOf([], IN_PROJECT));
    await run(sandbox, ["apply"]);
    expect(existsSync(targetIn(sandbox.project))).toBe(false);
  });

  it.each(["state", "lockfile"])(
    "an absolute one of ours, known by the %s, becomes relative, and plan says so [R-INSTALL-14]",
    async (by) => {
      const sandbox = withOwnSkill();
      await run(sandbox, ["apply"]);
      const state = join(
        sandbox.storage,
        "state",
        readdirSync(join(sandbox.storage, "state")).find((name) => name.endsWith(".json")) ?? "",
      );
      const absolute = join(sandbox.project, "skills/foo");
      writeFileSync(state, readFileSync(state, "utf8").replace("../../skills/foo", absolute));
      rmSync(targetIn(sandbox.project));
      symlinkSync(absolute, targetIn(sandbox.project));
      if (by === "lockfile") await removeTree(sandbox.storage);
      const [row] = await run(sandbox, ["plan"]);
      expect([row.action, row.reasons]).toEqual(["update", ["its link becomes relative"]]);
      await run(sandbox, ["apply"]);
      expect(readlinkSync(targetIn(sandbox.project))).toBe("../../skills/foo");
    },
  );

  it("a user's own link in another spelling is left as it is [R-INSTALL-14]", async () => {
    const sandbox = withOwnSkill();
    mkdirSync(join(sandbox.project, ".claude/skills"), { recursive: true });
    symlinkSync("./../../skills/../skills/foo/", targetIn(sandbox.project));
    expect(actions(await run(sandbox, ["apply"]))).toEqual(["noop"]);
    expect(readlinkSync(targetIn(sandbox.project))).toBe("./../../skills/../skills/foo/");
  });

  it("start where their directory really is: behind a linked directory, and in a project reached through a link [R-INSTALL-13]", async () => {
    const sandbox = withOwnSkill();
    mkdirSync(join(sandbox.project, "config/deep/agent-skills"), { recursive: true });
    mkdirSync(join(sandbox.project, ".claude"));
    symlinkSync("../config/deep/agent-skills", join(sandbox.project, ".claude/skills"));
    const alias = join(sandbox.root, "alias");
    symlinkSync(sandbox.project, alias);
    await run(sandbox, ["apply", "--config", join(alias, "skills.toml")]);
    const link = join(sandbox.project, "config/deep/agent-skills/foo");
    expect(readlinkSync(link)).toBe("../../../skills/foo");
    expect(existsSync(join(link, "SKILL.md"))).toBe(true);
    expect(actions(await run(sandbox, ["apply", "--config", join(alias, "skills.toml")]))).toEqual(["noop"]);
  });

  it("reach the whole work tree from a manifest in a directory of it; a custom target counts, one outside is absolute [R-INSTALL-13]", async () => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.project, ".git"));
    mkdirSync(join(sandbox.project, "skills/foo"), { recursive: true });
    writeFileSync(join(sandbox.project, "skills/foo/SKILL.md"), skillText("foo"));
    const outside = join(sandbox.root, "outside");
    const custom = (path: string) => `[[skills.targets]]\nagent = "custom"\npath = ${JSON.stringify(path)}\n`;
    const text =
      manifestOf([{ id: "foo", repo: "../../skills/foo" }], PROJECT) + custom("../../shared") + custom(outside);
    sandbox.writeManifest(text, "packages/app/skills.toml");
    await run(sandbox, ["apply"], { cwd: join(sandbox.project, "packages/app") });
    const links = [
      targetIn(join(sandbox.project, "packages/app")),
      join(sandbox.project, "shared/foo"),
      join(outside, "foo"),
    ];
    expect(links.map((link) => readlinkSync(link))).toEqual([
      "../../../../skills/foo",
      "../skills/foo",
      join(sandbox.project, "skills/foo"),
    ]);
  });

  it("a manifest of global scope in the home directory makes no project of it [R-INSTALL-13]", async () => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.home, "drafts/foo"), { recursive: true });
    writeFileSync(join(sandbox.home, "drafts/foo/SKILL.md"), skillText("foo"));
    writeFileSync(join(sandbox.home, "skills.toml"), manifestOf([{ id: "foo", repo: "./drafts/foo" }]));
    await run(sandbox, ["apply"], { cwd: sandbox.home });
    expect(readlinkSync(targetIn(sandbox.home))).toBe(join(sandbox.home, "drafts/foo"));
    expect(lstatSync(targetIn(sandbox.home)).isSymbolicLink()).toBe(true);
  });
});
