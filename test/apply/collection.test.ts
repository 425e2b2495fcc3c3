import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeCollection, manifestFor, type Collection } from "../helpers/collection.js";
import { strace } from "../helpers/strace.js";
import { gitTree, readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const AGENTS = ["claude-code", "cursor", "codex"];
const use = useSandbox();

async function everyByteIsGits(collection: Collection, directory: string): Promise<void> {
  for (const skill of collection.skills) {
    const repository = collection.repositories.get(skill.repository);
    const expected = await gitTree(repository?.dir ?? "", skill.commit, skill.subpath);
    expect(await readTree(join(directory, skill.id)), skill.id).toEqual(expected);
  }
}

describe("40 skills from 12 repositories over smart HTTP into three agents", () => {
  for (const mode of ["symlink", "copy"] as const) {
    it(`installs every byte and executable bit of git's own tree (${mode}), then finds nothing to do [R-STORE-01] [R-GIT-07]`, async () => {
      const sandbox = use.sandbox();
      const collection = await makeCollection({ root: join(sandbox.root, "served") });
      const remote = await use.remote(sandbox);
      sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url, agents: AGENTS, mode }));

      const first = await sandbox.run(["apply", "--concurrency", "20", "--json"]);
      expect(first.code, first.stderr).toBe(0);
      const report = first.json();
      expect(report.summary.sync).toEqual({ cloned: 40, updated: 0, skipped: 0, failed: 0, cancelled: 0 });
      // cursor and codex read one directory: two targets a skill, not three.
      expect(report.summary.install).toEqual({ create: 80, update: 0, noop: 0, conflict: 0, remove: 0, failed: 0 });
      expect(report.summary.repositories).toBe(12);
      await everyByteIsGits(collection, join(sandbox.home, ".claude/skills"));
      await everyByteIsGits(collection, join(sandbox.home, ".agents/skills"));

      const lockfile = readFileSync(sandbox.lockfilePath);
      remote.traffic.reset();
      const second = await sandbox.run(["apply", "--json"]);
      expect(second.code).toBe(0);
      expect(second.json().summary.install).toMatchObject({ create: 0, noop: 80 });
      expect(second.json().metrics.git_processes).toBe(0);
      expect(second.json().phases.install).toBeNull();
      expect(remote.traffic.log).toEqual([]);
      expect(readFileSync(sandbox.lockfilePath)).toEqual(lockfile);
    });
  }

  it.runIf(strace.isAvailable())(
    "starts no process and opens no socket when there is nothing to do [R-GIT-07] [R-FAULT-23]",
    async () => {
      const sandbox = use.sandbox();
      const collection = await makeCollection({ root: join(sandbox.root, "served") });
      const remote = await use.remote(sandbox);
      sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url, agents: AGENTS }));
      expect((await sandbox.run(["apply"])).code).toBe(0);
      const log = join(sandbox.tmp, "strace.log");
      const second = await sandbox.run(["apply"], { wrap: strace.wrap(log, "execve,socket,connect") });
      expect(second.code, second.stderr).toBe(0);
      const calls = strace.calls(log);
      expect(calls.filter((call) => call.startsWith("execve("))).toHaveLength(1);
      expect(calls.filter((call) => /^(socket|connect)\(/u.test(call))).toEqual([]);
    },
  );

  it("installs from a warm store on a second home with --frozen --offline, the remotes gone [R-LOCK-04]", async () => {
    const sandbox = use.sandbox();
    const collection = await makeCollection({ root: join(sandbox.root, "served") });
    const remote = await use.remote(sandbox);
    const storageRoot = join(sandbox.root, "shared-store");
    sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url, agents: AGENTS, storageRoot }));
    expect((await sandbox.run(["apply", "--concurrency", "20"])).code).toBe(0);

    await remote.close();
    renameSync(collection.root, `${collection.root}-gone`);
    const home = join(sandbox.root, "second-home");
    mkdirSync(home);
    const lockfile = readFileSync(sandbox.lockfilePath);
    const result = await sandbox.run(["apply", "--frozen", "--offline", "--json"], { env: { HOME: home } });
    expect(result.code, result.stdout).toBe(0);
    expect(result.json().metrics.git_processes).toBe(0);
    expect(existsSync(join(home, ".claude/skills", collection.skills[0]?.id ?? "", "SKILL.md"))).toBe(true);
    expect(readFileSync(sandbox.lockfilePath)).toEqual(lockfile);
    renameSync(`${collection.root}-gone`, collection.root);
    await everyByteIsGits(collection, join(home, ".claude/skills"));
  });
});
