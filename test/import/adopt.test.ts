import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const NAMES = ["one", "two", "edited"];

/** A home in which the `skills` command has installed three skills: copies in ~/.agents/skills, and links to them for Claude Code. */
async function setUp() {
  const sandbox = use.sandbox();
  const files = Object.fromEntries(
    NAMES.flatMap((name) => [
      [`skills/${name}/SKILL.md`, skillText(name)],
      [`skills/${name}/run.sh`, { content: "echo run\n", executable: true }],
    ]),
  );
  const repository = await createRepository(join(sandbox.root, "served/skills.git"), { files });
  const remote = await use.remote(sandbox);
  const entry = (name: string) => ({
    source: "acme/skills",
    sourceType: "git",
    sourceUrl: `${remote.url}/skills.git`,
    skillPath: `skills/${name}/SKILL.md`,
  });
  const copies = join(sandbox.home, ".agents/skills");
  const links = join(sandbox.home, ".claude/skills");
  mkdirSync(links, { recursive: true });
  for (const name of NAMES) {
    mkdirSync(join(copies, name), { recursive: true });
    writeFileSync(join(copies, name, "SKILL.md"), skillText(name));
    writeFileSync(join(copies, name, "run.sh"), "echo run\n", { mode: 0o755 });
    symlinkSync(`../../.agents/skills/${name}`, join(links, name));
  }
  writeFileSync(join(copies, "edited/notes.md"), "mine");
  const skills = Object.fromEntries(NAMES.map((name) => [name, entry(name)]));
  writeFileSync(join(sandbox.home, ".agents/.skill-lock.json"), JSON.stringify({ version: 3, skills }));
  return { sandbox, repository, remote, copies, links };
}

const run = async (sandbox: Sandbox, args: string[], code = 0) => {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  return result.json();
};
const ADOPT = ["import", "--adopt", "--target", "codex", "claude-code"];
const paths = (report: any) => report.adopted.map(({ target_path }: any) => target_path).toSorted();
const actions = (report: any) =>
  report.skills.flatMap(({ id, targets }: any) =>
    targets.map(({ action, status }: any) => `${id} ${action} ${status}`),
  );

describe("import --adopt", () => {
  it("makes copies and links ours whose content is that of the source, and leaves what was edited [R-IMPORT-09]", async () => {
    const { sandbox, copies, links } = await setUp();
    const before = await readTree(copies);
    const report = await run(sandbox, ADOPT, 3);
    expect(report.imported).toEqual(NAMES);
    expect(paths(report)).toEqual(["one", "two"].flatMap((name) => [join(copies, name), join(links, name)]).toSorted());
    const reason = (path: string) => expect.stringContaining(`edited: not adopted; ${path} is`);
    expect(report.skipped).toEqual([
      { id: "edited", code: "TARGET_MODIFIED", reason: reason(join(copies, "edited")) },
      { id: "edited", code: "TARGET_MODIFIED", reason: reason(join(links, "edited")) },
    ]);
    expect(await readTree(copies)).toEqual(before);
    expect(readlinkSync(join(links, "one"))).toBe("../../.agents/skills/one");
    const applied = await run(sandbox, ["apply"], 3);
    expect(actions(applied)).toEqual([
      "one update done",
      "one update done",
      "two update done",
      "two update done",
      "edited conflict conflict",
      "edited conflict conflict",
    ]);
    for (const root of [copies, links]) {
      expect(readlinkSync(join(root, "one"))).toContain("/store/");
      expect(readFileSync(join(root, "one/SKILL.md"), "utf8")).toBe(skillText("one"));
    }
    expect(readFileSync(join(copies, "edited/notes.md"), "utf8")).toBe("mine");
  });

  it("does so for what was imported before, and the next run has nothing to do [R-IMPORT-09]", async () => {
    const { sandbox, copies, links } = await setUp();
    expect(await run(sandbox, ["import", "--target", "codex", "claude-code"])).not.toHaveProperty("adopted");
    expect((await run(sandbox, ["apply"], 3)).summary.install).toMatchObject({ conflict: 6 });
    const report = await run(sandbox, ADOPT, 3);
    expect([report.imported, paths(report).length]).toEqual([[], 4]);
    expect((await run(sandbox, ["apply"], 3)).summary.install).toMatchObject({ update: 4, conflict: 2 });
    expect(paths(await run(sandbox, ADOPT, 3))).toEqual([]);
    expect((await run(sandbox, ["apply"], 3)).summary.install).toMatchObject({ noop: 4, conflict: 2 });
    await run(sandbox, ["remove", "one"]);
    expect([existsSync(join(copies, "one")), existsSync(join(links, "one"))]).toEqual([false, false]);
  });

  it("leaves a copy in its place with --copy [R-IMPORT-09]", async () => {
    const { sandbox, copies } = await setUp();
    const place = lstatSync(join(copies, "one")).ino;
    await run(sandbox, ["import", "--adopt", "--copy", "--target", "codex"], 3);
    expect((await run(sandbox, ["apply"], 3)).summary.install).toMatchObject({ noop: 2, conflict: 1 });
    expect(lstatSync(join(copies, "one")).ino).toBe(place);
  });

  it("adopts nothing in a dry run, and nothing that its source has no longer [R-IMPORT-09]", async () => {
    const { sandbox, repository, links } = await setUp();
    await repository.commit({ files: { "skills/one/SKILL.md": skillText("one", "Better.") }, remove: ["skills/two"] });
    expect(await run(sandbox, [...ADOPT, "--dry-run"])).not.toHaveProperty("adopted");
    const report = await run(sandbox, ["import", "--adopt", "--target", "claude-code"], 1);
    expect(report.adopted).toEqual([]);
    expect(report.skipped.map(({ id, code }: any) => [id, code])).toEqual([
      ["one", "TARGET_MODIFIED"],
      ["two", "SUBPATH_NOT_FOUND"],
      ["edited", "TARGET_MODIFIED"],
    ]);
    expect(readlinkSync(join(links, "one"))).toBe("../../.agents/skills/one");
  });

  it("takes nothing that another manifest manages, no file, and no link that leads nowhere [R-IMPORT-09]", async () => {
    const { sandbox, remote, copies, links } = await setUp();
    const skill = { id: "one", repo: `${remote.url}/skills.git`, subpath: "skills/one", mode: "copy" as const };
    const other = sandbox.writeManifest(manifestOf([{ ...skill, agents: ["codex"] }]), "other/skills.toml");
    rmSync(join(copies, "one"), { recursive: true });
    await run(sandbox, ["apply", "--config", other]);
    cpSync(join(copies, "edited"), join(copies, "two"), { recursive: true, force: true });
    const broken = sandbox.writeManifest("version = 1\n", "mine/skills.toml");
    writeFileSync(join(sandbox.root, "skills.txt"), "a file");
    const tools = join(sandbox.root, "tools");
    mkdirSync(tools);
    symlinkSync("nowhere", join(tools, "one"));
    writeFileSync(join(tools, "two"), "a file");
    const report = await run(
      sandbox,
      ["import", "--adopt", "--config", broken, "--target", "codex", `custom:${tools}`, "claude-code"],
      3,
    );
    expect(paths(report)).toEqual([join(links, "one")]);
    const reasons = report.skipped
      .filter(({ id }: any) => id !== "edited")
      .map(({ id, reason }: any) => `${id} ${reason}`);
    expect(reasons).toEqual([
      `one not adopted: ${join(copies, "one")} is managed by ${other}`,
      expect.stringContaining(join(tools, "one")),
      expect.stringContaining(join(copies, "two")),
      expect.stringContaining(join(tools, "two")),
      expect.stringContaining(join(links, "two")),
    ]);
  });
});
