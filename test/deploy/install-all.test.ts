import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Files } from "../helpers/fast-import.js";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { listed } from "../helpers/site-index.js";
import { NOTHING, useSite } from "../helpers/site-world.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const site = useSite();

const POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";

async function setUp(files: Files) {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  const repository = await createRepository(join(sandbox.root, "served/acme/skills.git"), {
    files: { "skills/a/SKILL.md": skillText("a"), "skills/b/SKILL.md": skillText("b"), ...files },
  });
  const skills = join(sandbox.home, ".claude/skills");
  const manifest = join(sandbox.home, ".eden-skills/skills.toml");
  const json = async (...args: string[]) => (await sandbox.run([...args, "--json"])).json();
  const install = async (...args: string[]) => await json("install", repository.dir, ...args);
  return { sandbox, repository, url: repository.dir, skills, manifest, json, install };
}

/** Skills that cannot be installed, each of another kind: its directory, code, what is said of it, and its other files. */
const BAD: [string, string, RegExp, Files][] = [
  ["skills/out", "SKILL_UNSAFE", /leaves the skill/u, { "skills/out/l": { symlink: "../../../etc" } }],
  ["skills/sub", "SKILL_UNSAFE", /submodule/u, { "skills/sub/s": { gitlink: "1".repeat(40) } }],
  ["skills/lfs", "SKILL_UNSAFE", /Git LFS pointer/u, { "skills/lfs/SKILL.md": POINTER }],
  ["skills/crypt", "SKILL_UNSAFE", /git-crypt/u, { "skills/crypt/SKILL.md": Buffer.from("\0GITCRYPT\0\u0001\u0002") }],
  ["skills/twice", "SKILL_UNSAFE", /the same name/u, { "skills/twice/x": "", "skills/twice/X": "" }],
  ["skills/od:d", "INVALID_SUBPATH", /neither/u, {}],
  ["skills/技能", "INVALID_SKILL_ID", /cannot be converted to an id/u, {}],
];

/** All of them in one source. */
const ALL_BAD: Files = Object.assign(
  {},
  ...BAD.map(([path, , , files]) => ({ [`${path}/SKILL.md`]: skillText(path.split("/")[1] ?? ""), ...files })),
);

describe("install --all", () => {
  it("leaves out what cannot be installed and installs the others [R-SOURCE-07]", async () => {
    const { sandbox, skills, install } = await setUp(ALL_BAD);
    const report = await install("--all");
    expect(report).toMatchObject({ exit_code: 1, outcome: "failed", installed: ["a", "b"] });
    const reasons = new Map(report.skipped.map(({ path, reason }: Record<string, string>) => [path, reason]));
    expect(new Set(reasons.keys())).toEqual(new Set(BAD.map(([path]) => path)));
    for (const [path, , reason] of BAD) expect(reasons.get(path), path).toMatch(reason);
    const reported = [...report.diagnostics, ...report.skills.flatMap(({ diagnostics }: never) => diagnostics)];
    const errors = reported.filter(({ severity }) => severity === "error");
    expect(errors.map(({ code }) => code).toSorted()).toEqual(BAD.map(([, code]) => code).toSorted());
    expect(JSON.stringify(reported)).not.toContain("[limits]");
    expect(readdirSync(skills)).toEqual(["a", "b"]);
    expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
  });

  it("installs nothing with --atomic, nor where one of them is named [R-SOURCE-07]", async () => {
    const { skills, manifest, install, repository } = await setUp(ALL_BAD);
    const failed: [string, unknown, RegExp][] = [];
    for (const [path, code, reason] of BAD)
      if (code !== "INVALID_SKILL_ID") failed.push([code, await install("--skill", "a", path), reason]);
    failed.push([BAD[5]?.[1] ?? "", await install("--all", "--atomic"), /left out|is left/u]);
    await repository.commit({ files: {}, remove: BAD.slice(1).map(([path]) => path) });
    failed.push(["SKILL_UNSAFE", await install("--all", "--atomic"), BAD[0]?.[2] ?? /$./u]);
    for (const [code, report, reason] of failed) {
      const text = JSON.stringify(report);
      expect(text).toContain(code === "INVALID_SUBPATH" ? "left out" : code);
      expect(text).toMatch(reason);
      expect(report).not.toMatchObject({ exit_code: 0 });
    }
    expect([existsSync(manifest), existsSync(skills)]).toEqual([false, false]);
  });

  it("does not keep a skill whose name gives no id from being installed under another one [R-SOURCE-06]", async () => {
    const { skills, install } = await setUp(ALL_BAD);
    expect(await install("--skill", "skills/技能", "--id", "skill-x")).toMatchObject({
      exit_code: 0,
      installed: ["skill-x"],
    });
    expect(readdirSync(skills)).toEqual(["skill-x"]);
  });

  it("leaves out skills that share an id, here or in the manifest [R-SOURCE-06] [R-SOURCE-07]", async () => {
    const { sandbox, skills, install, json } = await setUp({
      "skills/c/SKILL.md": skillText("c"),
      "other/c/SKILL.md": skillText("c", "Another c."),
    });
    const own = join(sandbox.root, "own/b");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "SKILL.md"), skillText("b", "My own."));
    expect(await json("install", own)).toMatchObject({ exit_code: 0 });
    const report = await install("--all");
    expect(report).toMatchObject({ exit_code: 1, installed: ["a"] });
    expect(report.skipped.map(({ path }: { path: string }) => path)).toEqual(["skills/c", "other/c", "skills/b"]);
    expect(report.skipped[0].reason).toContain("two different skills are called c: skills/c and other/c");
    expect(report.skipped[2].reason).toContain("the manifest has another skill b");
    expect(readFileSync(join(skills, "b/SKILL.md"), "utf8")).toContain("My own.");
    expect(readdirSync(skills)).toEqual(["a", "b"]);
    expect((await sandbox.run(["plan", "--check"])).code).toBe(0);
    expect(await install("--all", "--atomic")).toMatchObject({ error: { code: "DUPLICATE_SKILL_ID" }, exit_code: 2 });
  });

  it("leaves out a skill that something stands in the way of, exit 3, and keeps that [R-SOURCE-07]", async () => {
    const { skills, manifest, install } = await setUp({});
    mkdirSync(join(skills, "b"), { recursive: true });
    writeFileSync(join(skills, "b/mine.txt"), "mine");
    expect(await install("--all", "--atomic")).toMatchObject({ exit_code: 3, installed: [] });
    expect(existsSync(manifest)).toBe(false);
    const report = await install("--all");
    expect(report).toMatchObject({
      exit_code: 3,
      outcome: "conflict",
      installed: ["a"],
      skipped: [{ path: "skills/b" }],
    });
    expect([readdirSync(skills), readdirSync(join(skills, "b"))]).toEqual([["a", "b"], ["mine.txt"]]);
    expect(readFileSync(manifest, "utf8")).not.toContain('id = "b"');
  });

  it("of which none can be installed changes nothing [R-SOURCE-07]", async () => {
    const { install, manifest, repository } = await setUp({});
    await repository.commit({ replace: true, files: { "x/SKILL.md": skillText("x"), "x/l": { symlink: "/etc" } } });
    expect(await install("--all")).toMatchObject({ exit_code: 1, outcome: "failed", installed: [] });
    await repository.commit({ replace: true, files: { "x/SKILL.md": POINTER } });
    for (const args of [["--all"], [], ["--skill", "x"]])
      expect(await install(...args)).toMatchObject({ exit_code: 1, error: { code: "SKILL_UNSAFE" } });
    expect(existsSync(manifest)).toBe(false);
  });

  it("takes everything back when a target fails after others were made [R-SOURCE-07]", async () => {
    const { sandbox, skills, manifest, install } = await setUp(ALL_BAD);
    writeFileSync(join(sandbox.root, "blocked"), "");
    const failed = await install("--all", "--target", "claude-code", `custom:${sandbox.root}/blocked/x`);
    expect([failed.exit_code, failed.installed]).toEqual([1, []]);
    expect([existsSync(manifest), existsSync(skills) ? readdirSync(skills) : []]).toEqual([false, []]);
  });

  it("says in text what is left out, why, and what to do [R-SOURCE-07] [R-SOURCE-18]", async () => {
    const { sandbox, url } = await setUp({
      "skills/bad/SKILL.md": POINTER,
      "skills/big/SKILL.md": skillText("big"),
      "skills/big/data": Buffer.alloc(9 * 1024 * 1024),
    });
    const { code, stdout } = await sandbox.run(["install", url, "--all"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^x left out {2}SKILL_UNSAFE\n {2}skills\/bad is left out: its SKILL\.md is a Git LFS pointer.*\n {2}hint: (?!.*limits)/mu,
    );
    expect(stdout).toMatch(
      /^x big failed {2}SKILL_UNSAFE\n.*9437184 bytes.*\n.*\n {2}hint: .*max_file_bytes.* \[limits\]/mu,
    );
    expect(stdout).toContain("2 of 3 skills installed, 1 failed");
  });

  it("of a site leaves out what cannot be had [R-SOURCE-07] [R-SOURCE-11]", async () => {
    const pages = listed({
      good: { "SKILL.md": skillText("good") },
      lfs: { "SKILL.md": POINTER },
      "Not Good": { "SKILL.md": skillText("x") },
    });
    const { json, installed, kept, site: server, left } = await site.setUp(pages);
    expect(await json("install", server.url, "--all", "--atomic")).toMatchObject({
      error: { code: "INVALID_SKILL_ID" },
    });
    expect(await json("install", server.url, "--skill", "good", "lfs")).toMatchObject({
      error: { code: "SKILL_UNSAFE" },
    });
    expect(left()).toEqual(NOTHING);
    const report = await json("install", server.url, "--all");
    expect(report).toMatchObject({
      exit_code: 1,
      installed: ["good"],
      skipped: [
        { path: "Not Good", reason: expect.stringContaining("an id is") },
        { path: "lfs", reason: expect.stringContaining("Git LFS pointer") },
      ],
    });
    expect(installed("good/SKILL.md")).toBe(skillText("good"));
    expect(readdirSync(kept)).toEqual(["good", "good.source.json"]);
  });
});
