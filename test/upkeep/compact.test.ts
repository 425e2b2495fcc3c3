import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitText } from "../helpers/git-command.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A mirror with so many fetched versions of a skill that it is worth compacting. */
async function grown(subpath: string) {
  const sandbox = use.sandbox();
  const inner = subpath === "." ? "" : `${subpath}/`;
  const files = (version: number) => ({
    [`${inner}SKILL.md`]: skillText("one", `version ${version}`),
    [`${inner}notes.md`]: `${version} `.repeat(20_000),
    "other/large.md": `${version}`.repeat(1000),
  });
  const repository = await createRepository(join(sandbox.root, "served/r.git"), { files: files(0) });
  const remote = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf([{ id: "one", repo: `${remote.url}/r.git`, subpath }]));
  const run = async (...args: string[]) => {
    const result = await sandbox.run([...args, "--json"]);
    expect(result.code, result.stdout + result.stderr).toBe(0);
    return result.json();
  };
  let version = 0;
  const publish = async () => await repository.commit({ files: files(++version) });
  await run("apply");
  const mirrors = join(sandbox.storage, "mirrors");
  const mirror = join(mirrors, readdirSync(mirrors).find((name) => !name.endsWith(".json")) ?? "");
  const packs = () => readdirSync(join(mirror, "objects/pack")).filter((name) => name.endsWith(".pack"));
  while (packs().length <= 10) {
    await publish();
    await run("update");
  }
  const commits = () => readdirSync(join(mirror, "refs/eden"));
  const installed = () => readFileSync(join(sandbox.home, ".claude/skills/one/SKILL.md"), "utf8");
  /** A fetch into the mirror and a read of what it had before. */
  const expectToServe = async () => {
    const head = await repository.revParse("main");
    await gitText(["--git-dir", mirror, "rev-list", "--objects", "--missing=allow-any", head]);
    rmSync(join(sandbox.storage, "store"), { recursive: true });
    await run("apply", "--offline");
    const next = await publish();
    await run("update");
    expect(installed()).toContain(`version ${version}`);
    expect(commits()).toContain(next);
  };
  return { sandbox, run, mirror, packs, commits, installed, expectToServe };
}

describe("clean, where a mirror has grown", () => {
  it.each([
    [".", "whole commits"],
    ["skill", "a part of each"],
  ])(
    "of a skill at %s, fetched as %s: reduces it to what is pinned, and says so [R-CLEAN-11]",
    async (subpath) => {
      const { sandbox, run, mirror, packs, commits, expectToServe } = await grown(subpath);
      const before = packs();
      const announced = await run("clean", "--dry-run");
      expect(announced.compacted).toEqual({ mirrors: [mirror], bytes: null });
      expect(packs()).toEqual(before);
      const text = await sandbox.run(["clean", "--history", "2"]);
      expect(text.stdout).toMatch(/^compacted ~\/\S*\/mirrors\/\S+\nkept .*\nclean: [\d.]+ KiB freed\n$/mu);
      expect([packs().length, commits().length]).toEqual([1, 3]);
      expect(readFileSync(join(mirror, "shallow"), "utf8").trim().split("\n").toSorted()).toEqual(commits().toSorted());
      expect((await run("clean")).compacted).toEqual({ mirrors: [], bytes: 0 });
      await run("rollback", "--offline");
      await run("update");
      await expectToServe();
    },
    60_000,
  );

  it("killed at any step, or without git: the mirror stays valid, and the next clean goes on [R-CLEAN-11]", async () => {
    const { sandbox, run, mirror, packs, expectToServe } = await grown("skill");
    const saved = join(sandbox.root, "saved");
    cpSync(mirror, saved, { recursive: true });
    const bin = join(sandbox.root, "bin");
    mkdirSync(bin);
    for (const step of ["for-each-ref", "pack-objects", "rev-list"])
      for (const [before, after] of [
        ["kill -9 $PPID; exit 1", ""],
        ["", "kill -9 $PPID"],
        ["exit 128", ""],
      ]) {
        rmSync(mirror, { recursive: true });
        cpSync(saved, mirror, { recursive: true });
        const git = `PATH="\${PATH#*:}"\nfor one in "$@"; do case "$one" in ${step}) step=1;; esac; done\n`;
        const script = `#!/bin/sh\n${git}[ "$step" ] || exec git "$@"\n${before}\ngit "$@"\n${after}\n`;
        writeFileSync(join(bin, "git"), script);
        chmodSync(join(bin, "git"), 0o755);
        const killed = await sandbox.run(["clean"], { env: { PATH: `${bin}:${process.env["PATH"]}` } });
        expect(killed.code, `${step}: ${killed.stderr}`).toBe(before === "exit 128" ? 0 : null);
        await run("apply", "--offline");
        expect((await run("clean")).compacted.mirrors).toEqual([mirror]);
        expect(packs()).toHaveLength(1);
        expect(existsSync(join(sandbox.storage, "staging"))).toBe(true);
      }
    await expectToServe();
  }, 60_000);
});
