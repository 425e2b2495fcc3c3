import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import { useProposals } from "../helpers/proposal-world.js";
import { removeTree } from "../helpers/sandbox.js";
import { startSite, type SiteServer } from "../helpers/site.js";
import { listed } from "../helpers/site-index.js";

const setUp = useProposals();
const open: SiteServer[] = [];
afterEach(async () => {
  for (const site of open.splice(0)) await site.close();
});

const HEAD = "eden-skills/update";
const FIRST = listed({ a: { "SKILL.md": skillText("a", "First."), "old.md": "old\n" } });
const SECOND = listed({ a: { "SKILL.md": skillText("a", "Second."), "new/more.md": "new\n" } });

/** A project that has a skill of a site, too. */
async function withSite() {
  const site = await startSite(FIRST);
  open.push(site);
  const machine = await setUp();
  const { sandbox, inProject, origin } = machine;
  const installed = await sandbox.run(["install", site.url, "--all", "--target", "claude-code"]);
  expect(installed.code, installed.stdout + installed.stderr).toBe(0);
  const save = async () => {
    await inProject("add", "--all");
    await inProject("commit", "--quiet", "-m", "Add a skill of a site");
    await inProject("push", "--quiet", origin.dir, "main");
  };
  await save();
  const publish = (pages: typeof FIRST) => {
    site.pages.clear();
    for (const [path, page] of Object.entries(pages)) site.pages.set(path, page);
  };
  return { ...machine, site, save, publish, kept: `well-known/${new URL(site.url).host.replace(":", "_")}` };
}

describe("a skill of a site", () => {
  it("is proposed with its files, its record and its pin, as an update writes them [R-PR-18]", async () => {
    const { sandbox, forge, env, inProject, tipOf, publish, kept, one } = await withSite();
    publish(SECOND);
    await one.commit({ files: { "SKILL.md": skillText("one", "Better.") } });
    const result = await sandbox.run(["propose"], { env });
    expect([result.code, result.stdout], result.stderr).toEqual([0, expect.stringContaining("(2 pins)")]);
    const tip = await tipOf(HEAD);
    expect((await inProject("diff", "--name-status", "--no-renames", "main", tip)).split("\n")).toEqual([
      "M\tskills.lock",
      `M\t${kept}/a.source.json`,
      `M\t${kept}/a/SKILL.md`,
      `A\t${kept}/a/new/more.md`,
      `D\t${kept}/a/old.md`,
    ]);
    expect(forge.held[0]?.body).toContain("+Second.");
    expect(forge.held[0]?.body).toContain("+Better.");
    expect(await inProject("status", "--porcelain", "--branch")).toBe("## main");
    expect(readFileSync(join(sandbox.project, kept, "a/SKILL.md"), "utf8")).toContain("First.");
    expect((await sandbox.run(["propose"], { env })).stdout).toMatch(/^up to date/u);
    // It is what an update writes, and what a machine installs from.
    expect((await sandbox.run(["update"])).code).toBe(0);
    await inProject("add", "--all");
    expect(await inProject("diff", "--cached", tip)).toBe("");
    await inProject("reset", "--quiet", "--hard", tip);
    await removeTree(sandbox.storage);
    const applied = await sandbox.run(["apply", "--frozen"]);
    expect(applied.code, applied.stdout + applied.stderr).toBe(0);
    expect(readFileSync(join(sandbox.home, ".claude/skills/a/SKILL.md"), "utf8")).toContain("Second.");
  });

  it("with a copy and an alias is pinned as an update pins it [R-PR-18]", async () => {
    const { sandbox, env, inProject, tipOf, publish, save } = await withSite();
    const written = readFileSync(sandbox.manifestPath, "utf8");
    const at = written.indexOf("\n", written.lastIndexOf('id = "a"'));
    writeFileSync(sandbox.manifestPath, `${written.slice(0, at)}\nas = "b"${written.slice(at)}`);
    const applied = await sandbox.run(["apply"]);
    expect(applied.code, written + applied.stdout + applied.stderr).toBe(0);
    await save();
    publish(SECOND);
    expect((await sandbox.run(["propose"], { env })).code).toBe(0);
    expect((await sandbox.run(["update"])).code).toBe(0);
    await inProject("add", "--all");
    expect(await inProject("diff", "--cached", await tipOf(HEAD))).toBe("");
  });

  it("that its site does not give any more keeps its pin, with the reason [R-PR-14] [R-PR-18]", async () => {
    const { sandbox, one, forge, env, site, publish, inProject, tipOf } = await withSite();
    publish(listed({ other: { "SKILL.md": skillText("other") } }));
    await one.commit({ files: { "SKILL.md": skillText("one", "Better.") } });
    const gone = await sandbox.run(["propose"], { env });
    expect([gone.code, gone.stdout], gone.stderr).toEqual([0, expect.stringContaining("(1 pin)")]);
    expect(await inProject("diff", "--name-only", "main", await tipOf(HEAD))).toBe("skills.lock");
    expect(forge.held[0]?.body).toContain("does not have it any more");
    await site.close();
    const silent = await sandbox.run(["propose", "--json"], { env });
    expect([silent.code, silent.json().proposals[0]]).toEqual([
      1,
      expect.objectContaining({
        failed: ["a"],
        failures: [{ id: "a", message: expect.stringContaining(new URL(site.url).host) }],
      }),
    ]);
    const shown = await sandbox.run(["propose"], { env });
    expect(shown.stdout).toMatch(/not compared: a: \S/u);
  });

  it("whose files are not committed is refused before anything is pushed [R-PR-13]", async () => {
    const { sandbox, env, kept, tipOf } = await withSite();
    writeFileSync(join(sandbox.project, kept, "a/own.md"), "mine\n");
    const refused = await sandbox.run(["propose"], { env });
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`not committed: ${kept}/a/own.md`)]);
    expect(await tipOf(HEAD)).toBe("");
  });
});

it("a skill that the policy denies by its address is named with rule, file and line [R-PR-14]", async () => {
  const { sandbox, env, inProject, origin } = await setUp();
  const manifest = readFileSync(sandbox.manifestPath, "utf8");
  writeFileSync(sandbox.manifestPath, `${manifest}\n[policy.sources]\ndeny = ["*/two"]\n`);
  await inProject("commit", "--quiet", "--all", "-m", "Deny two");
  await inProject("push", "--quiet", origin.dir, "main");
  const result = await sandbox.run(["propose"], { env });
  expect([result.code, result.stdout], result.stderr).toEqual([
    1,
    expect.stringMatching(/not compared: two: "\*\/two" denies \S+ \(rule sources, skills\.toml:\d+\)/u),
  ]);
});
