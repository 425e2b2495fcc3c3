import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SkillReactor } from "../../src/index.js";
import { createRepository } from "../helpers/git-repository.js";
import type { HttpRemote } from "../helpers/http-remote.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Repositories of one skill each, behind a server, and a manifest that wants them all. */
async function setUp(names: readonly string[], head?: string) {
  const sandbox = use.sandbox();
  for (const name of names)
    await createRepository(join(sandbox.root, `served/${name}.git`), { files: { "SKILL.md": skillText(name) } });
  const remote = await use.remote(sandbox, { record: true });
  const repo = (id: string) => `${remote.url}/${id}.git`;
  sandbox.writeManifest(
    manifestOf(
      names.map((id) => ({ id, repo: repo(id) })),
      head,
    ),
  );
  const installed = () => {
    const directory = join(sandbox.home, ".claude/skills");
    return existsSync(directory) ? readdirSync(directory).toSorted() : [];
  };
  return { sandbox, remote, installed };
}

const fetches = ({ traffic }: HttpRemote) => traffic.log.filter(({ kind }) => kind === "fetch").length;
const MANY = Array.from({ length: 20 }, (_, n) => `skill-${String(n).padStart(2, "0")}`);

describe("warm", () => {
  it("fills the store and touches no target, no lockfile and no state; an offline apply installs from it [R-WARM-01] [R-WARM-04]", async () => {
    const { sandbox, remote, installed } = await setUp(["one", "two", "three"]);
    const result = await sandbox.run(["warm", "--json"]);
    expect(result.code, result.stdout).toBe(0);
    const report = result.json();
    expect(report).toMatchObject({ command: "warm", outcome: "ok", exit_code: 0, phases: { install: null } });
    expect(report.concurrency).toMatchObject({ requested: 8, origin: "default" });
    expect(report.summary.warm).toEqual({ hydrated: 3, skipped_existing: 0, failed: 0 });
    expect(installed()).toEqual([]);
    expect(existsSync(sandbox.lockfilePath)).toBe(false);
    expect(existsSync(join(sandbox.storage, "state"))).toBe(false);

    await remote.close();
    const offline = await sandbox.run(["apply", "--offline", "--json"]);
    expect(offline.code, offline.stdout).toBe(0);
    expect(installed()).toEqual(["one", "three", "two"]);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toContain("resolved_commit");
  });

  it("asks nobody and starts no git when what is pinned is there already [R-WARM-02]", async () => {
    const { sandbox, remote } = await setUp(["one", "two"]);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await remote.close();
    const report = (await sandbox.run(["warm", "--json"])).json();
    expect(report.summary.warm).toEqual({ hydrated: 0, skipped_existing: 2, failed: 0 });
    expect(report.metrics.git_processes).toBe(0);
  });

  it("is about the skills that are named, and knows when one is not there [R-WARM-01]", async () => {
    const { sandbox, remote } = await setUp(["one", "two", "three"]);
    const report = (await sandbox.run(["warm", "two", "--json"])).json();
    expect(report.skills.map(({ id }: { id: string }) => id)).toEqual(["two"]);
    expect(new Set(remote.traffic.log.map(({ repository }) => repository))).toEqual(new Set(["two.git"]));
    const unknown = await sandbox.run(["warm", "tow"]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("Did you mean two?")]);
  });

  it("exits 0 when some failed, and 1 when all did [R-WARM-04]", async () => {
    const { sandbox, remote } = await setUp(["one", "two", "three"]);
    remote.fail("two.git", { kind: "status", status: 404 });
    const some = await sandbox.run(["warm", "--json"]);
    expect(some.code).toBe(0);
    expect(some.json()).toMatchObject({ outcome: "ok", summary: { warm: { hydrated: 2, failed: 1 } } });
    expect(some.json().skills[1].diagnostics[0]).toMatchObject({ severity: "error", stage: "fetch" });

    const text = await sandbox.run(["warm", "two"]);
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/\n0 of 1 skills in the store, 1 failed; /u);
  });

  it("gives up an attempt after ten seconds, or what --timeout says [R-WARM-03]", async () => {
    const { sandbox, remote } = await setUp(["one", "stuck"]);
    remote.fail("stuck.git", { kind: "stall" });
    const [byDefault, short] = await Promise.all(
      [[], ["--timeout", "1s"]].map((flags) => sandbox.run(["warm", "--json", "--retries", "0", ...flags])),
    );
    for (const result of [byDefault, short]) {
      expect(result?.code).toBe(0);
      expect(result?.json().skills[1].diagnostics[0]).toMatchObject({ code: "FETCH_TIMEOUT" });
    }
    expect(short?.elapsedMs).toBeLessThan(6000);
    expect(byDefault?.elapsedMs).toBeGreaterThan(9500);
    expect(byDefault?.elapsedMs).toBeLessThan(20_000);
  });

  it("works in batches with a pause, one after the other at --concurrency 1, by priority first [R-WARM-03]", async () => {
    const { sandbox, remote } = await setUp(["one", "two", "three", "four", "five"]);
    const skills = ["one", "two", "three", "four", "five"].map((id) => ({
      id,
      repo: `${remote.url}/${id}.git`,
      ...(id === "four" && { extra: "priority = 1" }),
    }));
    sandbox.writeManifest(manifestOf(skills));
    const flags = ["--concurrency", "1", "--batch-size", "2", "--batch-pause", "600ms"];
    const report = (await sandbox.run(["warm", "--json", ...flags])).json();
    const times = new Map<string, { from: number; to: number }>(
      report.skills.map((skill: any) => [skill.id, { from: skill.sync.started_ms, to: skill.sync.ended_ms }]),
    );
    const order = ["four", "one", "two", "three", "five"];
    const gaps = order.slice(1).map((id, n) => (times.get(id)?.from ?? 0) - (times.get(order[n] ?? "")?.to ?? 0));
    expect(gaps.map((gap) => gap >= 600)).toEqual([false, true, false, true]);
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
  });

  it("keeps the skills of one repository in one batch, which fetches it once [R-WARM-03]", async () => {
    const sandbox = use.sandbox();
    const names = ["a", "b", "c", "d"];
    await createRepository(join(sandbox.root, "served/all.git"), {
      files: Object.fromEntries(names.map((name) => [`${name}/SKILL.md`, skillText(name)])),
    });
    const remote = await use.remote(sandbox, { record: true });
    sandbox.writeManifest(manifestOf(names.map((id) => ({ id, repo: `${remote.url}/all.git`, subpath: id }))));
    const report = (await sandbox.run(["warm", "--json", "--batch-size", "1"])).json();
    expect(report.summary.warm.hydrated).toBe(4);
    expect(fetches(remote)).toBeLessThanOrEqual(2);
  });

  it("refuses a batch of nothing", async () => {
    const { sandbox } = await setUp(["one"]);
    const result = await sandbox.run(["warm", "--batch-size", "0"]);
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining("--batch-size")]);
  });
});

describe("several runs that want the same [R-WARM-02]", () => {
  const cost = async () => {
    const { sandbox, remote } = await setUp(MANY.slice(0, 6));
    await sandbox.run(["warm"]);
    return fetches(remote);
  };

  it("fetch each repository once, in two processes", async () => {
    const once = await cost();
    const { sandbox, remote } = await setUp(MANY.slice(0, 6));
    remote.latencyMs = 100;
    const both = await Promise.all([sandbox.run(["warm", "--json"]), sandbox.run(["warm", "--json"])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(fetches(remote)).toBe(once);
    const sums = both.map((result) => result.json().summary.warm);
    expect(sums[0].hydrated + sums[1].hydrated).toBe(6);
    expect(sums[0].skipped_existing + sums[1].skipped_existing).toBe(6);
  });

  it("fetch each repository once, in one process", async () => {
    const once = await cost();
    const { sandbox, remote } = await setUp(MANY.slice(0, 6));
    remote.latencyMs = 100;
    const host = { env: sandbox.environment(), home: sandbox.home, cwd: sandbox.project };
    const reactor = new SkillReactor({ host });
    const both = await Promise.all([reactor.warm(), reactor.warm({ batchSize: 2 })]);
    expect(both.map(({ exit_code }) => exit_code)).toEqual([0, 0]);
    expect(fetches(remote)).toBe(once);
  });

  it("a repository that a foreground apply has just brought is skipped: it is looked at again under the lock", async () => {
    const { sandbox, remote } = await setUp(["one"]);
    const once = await cost();
    remote.latencyMs = 300;
    const apply = sandbox.run(["apply", "--json"]);
    const warm = await sandbox.run(["warm", "--json"]);
    const done = (await apply).json();
    const [hydrated, cloned] = [warm.json().summary.warm.hydrated, done.summary.sync.cloned];
    expect(hydrated + cloned).toBe(1);
    expect(fetches(remote) * 6).toBe(once);
  });
});

describe("a foreground apply of one skill [R-WARM-05]", () => {
  it("is not held up by a warm run of many", async () => {
    const { sandbox, remote } = await setUp(MANY);
    remote.latencyMs = 150;
    const alone = use.sandbox();
    alone.writeManifest(manifestOf([{ id: "skill-19", repo: `${remote.url}/skill-19.git` }]));
    const undisturbed = await alone.run(["apply", "skill-19"]);
    const warm = sandbox.spawn(["warm", "--json", "--concurrency", "4"]);
    await expect.poll(() => remote.traffic.log.length, { timeout: 10_000 }).toBeGreaterThan(8);
    const apply = await sandbox.run(["apply", "skill-19"]);
    expect(apply.code, apply.stderr).toBe(0);
    expect(apply.elapsedMs).toBeLessThan(2 * undisturbed.elapsedMs + 500);
    const result = await warm.finished;
    expect(result.code).toBe(0);
    expect(result.elapsedMs).toBeGreaterThan(2 * apply.elapsedMs);
    expect(result.json().summary.warm).toEqual({ hydrated: 19, skipped_existing: 1, failed: 0 });
  });
});
