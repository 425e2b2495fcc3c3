import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nameOfPath } from "../../src/system/path-name.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const SHIM = fileURLToPath(new URL("../helpers/failing.cjs", import.meta.url));
const INSTALL = ["install", "./own", "--all", "--target", "claude-code", "--json"];

/** A project with a skill to install, which takes the lock of its manifest several times. */
function project() {
  const sandbox = use.sandbox();
  const { project: directory, storage, manifestPath } = sandbox;
  mkdirSync(join(directory, ".git"));
  mkdirSync(join(directory, "own/mine"), { recursive: true });
  writeFileSync(join(directory, "own/mine/SKILL.md"), skillText("mine"));
  sandbox.writeManifest(manifestOf([], 'scope = "project"'));
  return { sandbox, lock: join(storage, "locks", `manifest-${nameOfPath(manifestPath)}.lock`) };
}

describe("a lock that stays behind", () => {
  it.each(["EMFILE", "ENOTDIR"])(
    "when its release fails with %s is taken over by the process itself [R-SYSTEM-02]",
    async (errno) => {
      const { sandbox, lock } = project();
      // The second time that the lock is opened is its release.
      const fault = JSON.stringify({ below: lock, calls: ["openSync"], errno, from: 2, only: true, log: null });
      const env = { NODE_OPTIONS: `--require ${SHIM}`, EDEN_TEST_FAILING: fault };
      const result = await sandbox.run(INSTALL, { env, timeoutMs: 20_000 });
      expect(result.json().exit_code).toBe(0);
    },
  );

  it.each(["a link that leads nowhere", "a directory of something else"])(
    "as %s is an error of the command [R-SYSTEM-02]",
    async (kind) => {
      const { sandbox, lock } = project();
      mkdirSync(kind.startsWith("a link") ? join(lock, "..") : join(lock, "other"), { recursive: true });
      if (kind.startsWith("a link")) symlinkSync("nowhere", lock);
      const result = await sandbox.run(INSTALL, { timeoutMs: 20_000 });
      expect([result.code, result.stdout + result.stderr]).toEqual([1, expect.stringContaining("FILE_FAILED")]);
      expect(result.stdout + result.stderr).toContain(lock);
    },
  );
});

describe("a staging directory that stays behind", () => {
  it("because it could not be removed is removed by the next `apply`, which has nothing else to do [R-FAULT-50] [R-STORE-11]", async () => {
    const sandbox = use.sandbox();
    const { dir } = await createRepository(join(sandbox.root, "served/r.git"), {
      files: { "SKILL.md": skillText("r") },
    });
    sandbox.writeManifest(manifestOf([{ id: "r", repo: `file://${dir}` }]));
    const staging = join(sandbox.storage, "staging");
    const fault = { below: staging, calls: ["rmdirSync", "rmSync"], errno: "EIO", from: 1, only: false, log: null };
    const env = { NODE_OPTIONS: `--require ${SHIM}`, EDEN_TEST_FAILING: JSON.stringify(fault) };
    expect((await sandbox.run(["apply"], { env })).code).toBe(0);
    expect(readdirSync(staging)).toHaveLength(1);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(readdirSync(staging)).toEqual([]);
  });
});
