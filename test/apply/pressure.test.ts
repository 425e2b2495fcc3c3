import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, closeSync, cpSync, existsSync, openSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeCollection, manifestFor } from "../helpers/collection.js";
import { createRepository } from "../helpers/git-repository.js";
import { startHttpRemote } from "../helpers/http-remote.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { processesNaming } from "../helpers/running-processes.js";
import { removeTree } from "../helpers/sandbox.js";
import { noise } from "../helpers/seeded.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/** Repositories behind the server that throttles; `npm run test:long` sets the full number. */
const THROTTLED = Number(process.env["EDEN_THROTTLED"] ?? 20);
/** Repositories under a low limit of open files, and how often; `npm run test:long` sets the full numbers. */
const REPOSITORIES = Number(process.env["EDEN_REPOSITORIES"] ?? 12);
const REPEATS = Number(process.env["EDEN_REPEATS"] ?? 1);
const use = useSandbox();

describe("few descriptors", () => {
  for (const limit of [32, 48, 64, 128]) {
    it(`ulimit -n ${limit}: all ${REPOSITORIES} repositories at --concurrency 50 are installed, with a warning, and nothing hangs [R-REACTOR-20] [R-FAULT-13]`, async () => {
      const sandbox = use.sandbox();
      const collection = await makeCollection({
        root: join(sandbox.root, "served"),
        repositories: REPOSITORIES,
        skills: REPOSITORIES,
      });
      const remote = await use.remote(sandbox, { record: true });
      sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url }));
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        await removeTree(sandbox.storage);
        await removeTree(join(sandbox.home, ".claude"));
        const wrap = ["prlimit", `--nofile=${limit}`, "--"];
        const result = await sandbox.run(["apply", "--json", "--concurrency", "50"], { wrap, timeoutMs: 110_000 });
        expect(result.code, result.stdout + result.stderr).toBe(0);
        const report = result.json();
        expect(report.summary.install.create).toBe(REPOSITORIES);
        expect(report.diagnostics[0]).toMatchObject({ code: "DESCRIPTORS_LOW", severity: "warning" });
        // What was asked for was never in force.
        const { peak, adjustments } = report.concurrency;
        expect([adjustments[0].at_ms, adjustments[0].from, adjustments[0].to]).toEqual([0, 50, peak]);
        expect(report.diagnostics[0].hint).toMatch(/`ulimit -n \d+`/u);
        expect(report.concurrency.adjustments[0]).toMatchObject({ from: 50, governor: "descriptors" });
        expect(report.concurrency.final).toBeLessThan(50);
      }
    }, 4_000_000);
  }
});

/** A user of no account, and no other run's: the limit of processes counts those of one user, and root has none. */
const NOBODY = 100_000 + process.pid;
const REAP = fileURLToPath(new URL("../helpers/reap.pl", import.meta.url));
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("not root: the test of few processes DOES NOT RUN");

/** Fills up what is left of the limit for two seconds, as soon as the pipe `$0` says that the run is under way. */
const FILL =
  '(read go < "$0"; for each in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do sleep 2 & done) 2>/dev/null & exec "$@"';

describe.skipIf(!isRoot)("few processes", () => {
  // Node itself needs eleven threads and cannot start without them.
  for (const [limit, hasNeighbour] of [
    [20, false],
    [32, false],
    [40, true],
  ] as const) {
    const beside = hasNeighbour ? " beside a greedy neighbour" : "";
    it(`ulimit -u ${limit}${beside}: all ${REPOSITORIES} repositories at --concurrency 50 are installed, and nothing hangs [R-REACTOR-20] [R-FAULT-14]`, async () => {
      const home = use.sandbox();
      const program = join(home.root, "program");
      cpSync(fileURLToPath(new URL("../../dist", import.meta.url)), program, { recursive: true });
      const sandbox = use.sandbox({ program: join(program, "main.cjs") });
      chmodSync(home.root, 0o755);
      const collection = await makeCollection({
        root: join(sandbox.root, "served"),
        repositories: REPOSITORIES,
        skills: REPOSITORIES,
      });
      const pipe = join(sandbox.root, "under-way");
      execFileSync("mkfifo", ["-m", "666", pipe]);
      const gate = openSync(pipe, "r+");
      onTestFinished(() => closeSync(gate));
      let isUnderWay = false;
      const delayFor = (_: string, kind: string): number => {
        if (kind === "fetch" && !isUnderWay) writeSync(gate, "go\n");
        if (kind === "fetch") isUnderWay = true;
        return 20;
      };
      const remote = await use.remote(sandbox, { record: true, delayFor });
      const others = hasNeighbour ? ["sh", "-c", FILL, pipe] : [];
      sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url }));
      for (const path of [sandbox.root, sandbox.home, sandbox.project]) chownSync(path, NOBODY, NOBODY);
      const as = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
      let requeued = 0;
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        isUnderWay = !hasNeighbour;
        await removeTree(sandbox.storage);
        await removeTree(join(sandbox.home, ".claude"));
        const result = await sandbox.run(["apply", "--json", "--concurrency", "50"], {
          wrap: ["perl", REAP, ...as, "prlimit", `--nproc=${limit}`, "--", ...others],
          timeoutMs: 110_000,
        });
        expect(result.code, result.stdout + result.stderr).toBe(0);
        const report = result.json();
        expect(report.summary.install.create).toBe(REPOSITORIES);
        expect(report.concurrency.adjustments[0]).toMatchObject({
          at_ms: expect.any(Number),
          from: 50,
          governor: "descriptors",
        });
        expect(report.diagnostics[0].hint).toMatch(/`ulimit -u \d+`/u);
        requeued += report.metrics.requeued;
        expect(report.concurrency.final).toBeLessThan(50);
      }
      if (hasNeighbour) expect(requeued).toBeGreaterThan(0);
    }, 4_000_000);
  }
});

describe("a server that answers 429 above 4 requests at once", () => {
  it("is asked less until it serves: every repository arrives, the limit settles within one of 4, another host is not held up [R-REACTOR-08] [R-REACTOR-23]", async () => {
    const sandbox = use.sandbox();
    const busy = await makeCollection({
      root: join(sandbox.root, "served"),
      repositories: THROTTLED,
      skills: THROTTLED,
    });
    const healthy = await createRepository(join(sandbox.root, "other/well.git"), {
      files: { "SKILL.md": skillText("well") },
    });
    expect(existsSync(healthy.dir)).toBe(true);
    const remote = await use.remote(sandbox, { latencyMs: 120, record: true, throttle: { above: 4 } });
    const other = await startHttpRemote({ root: join(sandbox.root, "other"), latencyMs: 20 });
    try {
      // Another host by name: both lead to this machine.
      const url = other.url.replace("127.0.0.1", "localhost");
      sandbox.writeManifest(
        `${manifestFor(busy, { baseUrl: remote.url })}${manifestOf([{ id: "well", repo: `${url}/well.git` }]).replace(/^version = 1\n.*\n/u, "")}`,
      );
      const result = await sandbox.run(["apply", "--json", "--concurrency", "40"], { timeoutMs: 55_000 });
      expect(result.code, result.stdout).toBe(0);
      const report = result.json();
      expect(report.summary.sync).toMatchObject({ cloned: THROTTLED + 1, failed: 0 });
      expect(report.metrics.requeued).toBeGreaterThan(0);
      expect(report.metrics.retried).toBe(0);
      const cuts = report.concurrency.adjustments.filter((one: any) => one.governor === "throttle");
      expect(cuts.length).toBeGreaterThan(0);
      expect(cuts.every((one: any) => one.reason.startsWith("127.0.0.1: "))).toBe(true);
      expect(cuts.at(-1).to).toBeGreaterThanOrEqual(3);
      expect(cuts.at(-1).to).toBeLessThanOrEqual(5);
      const well = report.skills.find((skill: any) => skill.id === "well");
      expect(well.sync.attempts).toBe(1);
      expect(well.sync.ended_ms).toBeLessThan(report.phases.sync.ended_ms / 2);
    } finally {
      await other.close();
    }
  });

  it("is waited for as long as its Retry-After says, which uses up no retry [R-REACTOR-08] [R-FAULT-20]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served/one.git"), { files: { "SKILL.md": skillText("one") } });
    const remote = await use.remote(sandbox);
    remote.fail("one.git", { kind: "status", status: 503, retryAfterSeconds: 2 }, { times: 1 });
    sandbox.writeManifest(manifestOf([{ id: "one", repo: `${remote.url}/one.git` }]));
    const result = await sandbox.run(["apply", "--json", "--retries", "0"]);
    expect(result.code, result.stdout).toBe(0);
    expect(result.json().metrics).toMatchObject({ requeued: 1, retried: 0 });
    const [first, second] = remote.traffic.log;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1900);
  });
});

describe("a broken budget", () => {
  it("of bytes ends a fetch while it is under way: no git process is left, the store is clean [R-REACTOR-11] [R-THREAT-41]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served/big.git"), {
      files: { "SKILL.md": skillText("big"), "blob.bin": noise("blob", 3_000_000) },
    });
    await createRepository(join(sandbox.root, "served/small.git"), { files: { "SKILL.md": skillText("small") } });
    const remote = await use.remote(sandbox);
    remote.fail("big.git", { kind: "drip", bytesPerSecond: 400_000 }, { on: ["fetch"] });
    sandbox.writeManifest(
      manifestOf(
        ["small", "big"].map((id) => ({ id, repo: `${remote.url}/${id}.git` })),
        '[reactor]\nmax_download = "500KB"',
      ),
    );
    const result = await sandbox.run(["apply", "--json"], { timeoutMs: 40_000 });
    expect(result.code).toBe(1);
    const report = result.json();
    expect(report.breach).toMatchObject({ budget: "download", limit: 500_000 });
    expect(report.skills.map((skill: any) => skill.status)).toEqual(["installed", "cancelled"]);
    expect(report.elapsed_ms).toBeLessThan(8000);
    expect(readdirSync(join(sandbox.storage, "staging"))).toEqual([]);
    expect(readdirSync(join(sandbox.storage, "locks"))).toEqual([]);
    expect(processesNaming(sandbox.storage)).toEqual([]);
  });

  for (const [budget, flags] of [
    ["deadline", ["--deadline", "2s"]],
    ["failures", ["--max-failures", "1"]],
  ] as const) {
    it(`of ${budget} cancels the rest by name, leaves no git process, and installs what had synced [R-REACTOR-11]`, async () => {
      const sandbox = use.sandbox();
      for (const name of ["small", "stuck"])
        await createRepository(join(sandbox.root, `served/${name}.git`), { files: { "SKILL.md": skillText(name) } });
      const absent = budget === "failures" ? ["absent", "missing"] : [];
      const delayFor = (repository: string) => (absent.includes(repository.replace(".git", "")) ? 1500 : 0);
      const remote = await use.remote(sandbox, { delayFor });
      remote.fail("stuck.git", { kind: "stall" });
      const ids = ["small", "stuck", ...absent];
      sandbox.writeManifest(manifestOf(ids.map((id) => ({ id, repo: `${remote.url}/${id}.git` }))));
      const result = await sandbox.run(["apply", "--json", ...flags], { timeoutMs: 40_000 });
      expect(result.code).toBe(1);
      const report = result.json();
      expect([report.outcome, report.breach.budget]).toEqual(["breached", budget]);
      const statuses = report.skills.map((skill: any) => [skill.id, skill.status]);
      expect(statuses).toEqual([["small", "installed"], ["stuck", "cancelled"], ...absent.map((id) => [id, "failed"])]);
      expect(existsSync(join(sandbox.home, ".claude/skills/small/SKILL.md"))).toBe(true);
      expect(result.elapsedMs).toBeLessThan(4000 + (budget === "deadline" ? 2000 : 0));
      expect(readdirSync(join(sandbox.storage, "staging"))).toEqual([]);
      expect(readdirSync(join(sandbox.storage, "locks"))).toEqual([]);
      expect(processesNaming(sandbox.storage)).toEqual([]);
    });
  }
});
