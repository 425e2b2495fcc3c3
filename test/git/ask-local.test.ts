import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askLocal, runLocal } from "../../src/git/ask-local.js";
import { requireGit } from "../../src/git/require-git.js";
import { readOwnerSettings } from "../../src/git/read-owner-settings.js";
import { gitWorld } from "./git-world.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-local-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const { signal } = new AbortController();

/** A program in place of git. */
function pretend(script: string) {
  const program = join(root, "git");
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return { ...gitWorld(root).git, program };
}

describe("a short question to git without a remote", () => {
  it("gets the standard output, and counts as one process [R-GIT-12]", async () => {
    const world = gitWorld(root);
    expect(await askLocal(world.git, { args: ["version"], signal })).toMatch(/^git version /u);
    expect(world.processes()).toBe(1);
  });

  it("tells an exit code with and without words [R-GIT-02]", async () => {
    expect(await runLocal(pretend("echo out; echo err >&2; exit 3"), { args: ["x"], signal })).toEqual({
      exitCode: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
    await expect(askLocal(pretend("exit 4"), { args: ["x"], signal })).rejects.toMatchObject({
      code: "INTERNAL",
      message: "git ended with 4",
    });
  });

  it("ends a git that says nothing [R-GIT-11]", async () => {
    const began = performance.now();
    await expect(askLocal(pretend("sleep 30"), { args: ["x"], signal, timeoutMs: 100 })).rejects.toMatchObject({
      code: "FETCH_STALLED",
    });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it("ends with the signal's reason [R-REACTOR-10]", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => abort.abort(reason), 50);
    await expect(askLocal(pretend("sleep 30"), { args: ["x"], signal: abort.signal })).rejects.toBe(reason);
  });

  it("of a program that is no git is GIT_MISSING [R-GIT-13]", async () => {
    for (const script of ["exit 1", "echo nonsense", "echo git version 1.9.0"])
      await expect(requireGit(pretend(script), signal)).rejects.toMatchObject({ code: "GIT_MISSING" });
    const nowhere = { ...gitWorld(root).git, program: join(root, "nowhere") };
    await expect(requireGit(nowhere, signal)).rejects.toMatchObject({ code: "GIT_MISSING" });
    await expect(readOwnerSettings(pretend("echo fatal: bad config >&2; exit 1"), signal)).rejects.toMatchObject({
      code: "GIT_MISSING",
      message: "git does not run: bad config",
    });
  });
});
