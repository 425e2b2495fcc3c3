import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function setUp() {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "one.git"), {
    files: { "SKILL.md": skillText("foo"), "run.sh": { content: "#!/bin/sh\n", executable: true } },
  });
  const skill: SkillSpec = { id: "foo", repo: `file://${repository.dir}`, mode: "copy" };
  const target = join(sandbox.home, ".claude/skills/foo");
  const write = (changes: Partial<SkillSpec> = {}) => sandbox.writeManifest(manifestOf([{ ...skill, ...changes }]));
  const run = async (args: string[], code = 0) => {
    const result = await sandbox.run([...args, "--json"]);
    expect([args.join(" "), result.code, result.stderr]).toEqual([args.join(" "), code, expect.any(String)]);
    return result.json();
  };
  /** What somebody else has at the target: byte for byte what is wanted there. */
  const byHand = () => {
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, "SKILL.md"), skillText("foo"));
    writeFileSync(join(target, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  };
  const actions = (report: any) => report.skills.flatMap(({ targets }: any) => targets.map((one: any) => one.action));
  const note = (report: any) => report.skills.find(({ id }: any) => id === "foo")?.diagnostics[0]?.message;
  return { sandbox, repository, target, write, run, byHand, actions, note };
}

describe("a noop [R-PLAN-06]", () => {
  it("makes nothing ours: neither remove nor an update touches it, however often apply has run", async () => {
    const { repository, target, write, run, byHand, actions, note } = await setUp();
    write();
    byHand();
    expect(actions(await run(["apply"]))).toEqual(["noop"]);
    expect(actions(await run(["apply"]))).toEqual(["noop"]);
    await repository.commit({ files: { "SKILL.md": skillText("foo", "Newer.") } });
    expect(actions(await run(["update"], 3))).toEqual(["conflict"]);
    expect(readFileSync(join(target, "SKILL.md"), "utf8")).toBe(skillText("foo"));
    const before = await readTree(target);
    expect(note(await run(["remove", "foo"]))).toContain("is left alone");
    expect(await readTree(target)).toEqual(before);
  });

  it("makes a link of somebody else's no link of ours, be it to the store or to a source of the manifest", async () => {
    const { sandbox, target, write, run, actions, note } = await setUp();
    write({ mode: "symlink" });
    await run(["apply"]);
    const text = readlinkSync(target);
    rmSync(target);
    rmSync(join(sandbox.storage, "state"), { recursive: true });
    rmSync(sandbox.lockfilePath);
    symlinkSync(text, target);
    expect(actions(await run(["apply"]))).toEqual(["noop"]);
    expect(note(await run(["remove", "foo"]))).toContain("is left alone");
    expect(readlinkSync(target)).toBe(text);
    cpSync(text, join(sandbox.project, "live/foo"), { recursive: true });
    rmSync(target);
    symlinkSync(join(sandbox.project, "live/foo"), target);
    sandbox.writeManifest(manifestOf([{ id: "foo", repo: "./live/foo" }]));
    expect(actions(await run(["apply"]))).toEqual(["noop"]);
    expect(note(await run(["remove", "foo"]))).toContain("is left alone");
    expect(lstatSync(target).isSymbolicLink()).toBe(true);
  });

  it("over what was ours and was put back by hand with newer content leaves it to its owner", async () => {
    const { sandbox, repository, target, write, run, actions } = await setUp();
    write();
    await run(["apply"]);
    await repository.commit({ files: { "SKILL.md": skillText("foo", "Newer.") } });
    rmSync(sandbox.lockfilePath);
    writeFileSync(join(target, "SKILL.md"), skillText("foo", "Newer."));
    expect(actions(await run(["apply"]))).toEqual(["noop"]);
    const removed = await run(["remove", "foo"]);
    expect(removed.skills[0].targets[0].reasons.join(" ")).toContain("backup");
  });
});

describe("a lockfile that came from elsewhere [R-PLAN-05]", () => {
  it("makes nothing ours that is not exactly what it says, by apply, remove and prune", async () => {
    const { sandbox, target, write, run, note } = await setUp();
    const manifest = write();
    await run(["apply"]);
    rmSync(sandbox.storage, { recursive: true });
    writeFileSync(join(target, "SKILL.md"), "mine");
    const pruned = readFileSync(manifest, "utf8").replace(/\n\[\[skills\]\][^]*/u, "\n");
    writeFileSync(manifest, pruned);
    expect(note(await run(["apply"]))).toContain("is left alone");
    expect(readFileSync(join(target, "SKILL.md"), "utf8")).toBe("mine");
    rmSync(sandbox.storage, { recursive: true });
    write();
    const report = await run(["apply"], 3);
    expect(report.skills[0].targets[0].reasons).toEqual(["a directory that is not managed by eden-skills is there"]);
    expect(note(await run(["remove", "foo"]))).toContain("is left alone");
    expect(readFileSync(join(target, "SKILL.md"), "utf8")).toBe("mine");
  });

  it("is not asked once this machine has a state: a teammate's entry removes nothing", async () => {
    const { sandbox, target, write, run, byHand, note } = await setUp();
    write();
    await run(["apply"]);
    const locked = readFileSync(sandbox.lockfilePath, "utf8");
    await run(["remove", "foo"]);
    byHand();
    writeFileSync(sandbox.lockfilePath, locked);
    expect(note(await run(["apply"]))).toContain("is left alone");
    writeFileSync(sandbox.lockfilePath, locked);
    write();
    expect(note(await run(["remove", "foo"]))).toContain("is left alone");
    expect(existsSync(join(target, "run.sh"))).toBe(true);
  });

  it("makes ours what is exactly as it says, for all of its skills, as long as there is no state", async () => {
    const { sandbox, repository, target, run, actions } = await setUp();
    const repo = `file://${repository.dir}`;
    const skills: SkillSpec[] = [
      { id: "foo", repo, mode: "copy" },
      { id: "bar", repo },
    ];
    sandbox.writeManifest(manifestOf(skills));
    await run(["apply"]);
    rmSync(join(sandbox.storage, "state"), { recursive: true });
    await run(["apply", "bar"]);
    await repository.commit({ files: { "SKILL.md": skillText("foo", "Newer.") } });
    expect(actions(await run(["update"]))).toEqual(["update", "update"]);
    await run(["remove", "foo", "bar"]);
    expect(existsSync(target)).toBe(false);
  });
});

describe("a place that is no longer the one that was recorded [R-PLAN-09]", () => {
  for (const mode of ["copy", "symlink"] as const) {
    it(`is not ours behind a directory that became a link (${mode})`, async () => {
      const { sandbox, run, actions, note, repository } = await setUp();
      const manifest = manifestOf([{ id: "foo", repo: `file://${repository.dir}`, mode }], 'scope = "project"');
      sandbox.writeManifest(manifest);
      await run(["apply"]);
      renameSync(join(sandbox.project, ".claude/skills"), join(sandbox.project, "skills"));
      symlinkSync("../skills", join(sandbox.project, ".claude/skills"));
      expect(actions(await run(["apply"]))).toEqual(["noop"]);
      expect(note(await run(["remove", "foo"]))).toContain("is left alone");
      expect(existsSync(join(sandbox.project, "skills/foo/run.sh"))).toBe(true);
    });
  }

  it("is ours through a link that was there before, and through another one to the same place", async () => {
    const { sandbox, repository, write, run, actions } = await setUp();
    const elsewhere = join(sandbox.home, "dotfiles/claude");
    mkdirSync(elsewhere, { recursive: true });
    symlinkSync("dotfiles/claude", join(sandbox.home, ".claude"));
    write();
    await run(["apply"]);
    rmSync(join(sandbox.home, ".claude"));
    symlinkSync(elsewhere, join(sandbox.home, ".claude"));
    await repository.commit({ files: { "SKILL.md": skillText("foo", "Newer.") } });
    expect(actions(await run(["update"]))).toEqual(["update"]);
    await run(["remove", "foo"]);
    expect(existsSync(join(elsewhere, "skills/foo"))).toBe(false);
  });

  it("belongs to the manifest that wrote it, by whatever path another one names it", async () => {
    const { sandbox, repository, write, run } = await setUp();
    write();
    await run(["apply"]);
    symlinkSync(".claude/skills", join(sandbox.home, "also"));
    const skill: SkillSpec = { id: "foo", repo: `file://${repository.dir}`, agents: [] };
    const extra = 'targets = [{ agent = "custom", path = "~/also" }]';
    const other = sandbox.writeManifest(manifestOf([{ ...skill, extra }]), "other/skills.toml");
    const report = await run(["apply", "--config", other], 3);
    expect(report.skills[0].targets[0].reasons).toEqual([`it is managed by ${sandbox.manifestPath}`]);
  });

  it("of a manifest that is gone is taken over by the next that wants it", async () => {
    const { sandbox, repository, write, run, actions } = await setUp();
    const former = write();
    await run(["apply"]);
    rmSync(former);
    await repository.commit({ files: { "SKILL.md": skillText("foo", "Newer.") } });
    const skill: SkillSpec = { id: "foo", repo: `file://${repository.dir}`, mode: "copy" };
    const next = sandbox.writeManifest(manifestOf([skill]), "next/skills.toml");
    expect(actions(await run(["apply", "--config", next]))).toEqual(["update"]);
  });
});

describe("a target that failed [R-LOCK-11]", () => {
  it("changes no entry: the lockfile is that of a machine on which nothing failed", async () => {
    const { sandbox, target, write, run, byHand } = await setUp();
    write();
    await run(["apply"]);
    const locked = readFileSync(sandbox.lockfilePath, "utf8");
    rmSync(target, { recursive: true });
    byHand();
    writeFileSync(join(target, "mine.txt"), "mine");
    for (const path of [sandbox.storage, sandbox.lockfilePath]) rmSync(path, { recursive: true });
    await run(["apply"], 3);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(locked);
  });
});
