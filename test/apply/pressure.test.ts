import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeCollection, manifestFor } from "../helpers/collection.js";
import { createRepository } from "../helpers/git-repository.js";
import { startHttpRemote } from "../helpers/http-remote.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/** Repositories under a low limit of open files, and how often; `npm run test:long` sets the full numbers. */
const REPOSITORIES = Number(process.env["EDEN_REPOSITORIES"] ?? 24);
const REPEATS = Number(process.env["EDEN_REPEATS"] ?? 1);
const use = useSandbox();

describe("few descriptors", () => {
  for (const limit of [32, 48, 64, 128]) {
    it(`ulimit -n ${limit}: all ${REPOSITORIES} repositories at --concurrency 50 are installed, with a warning, and nothing hangs [R-REACTOR-20]`, async () => {
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
        expect(report.diagnostics[0].hint).toMatch(/`ulimit -n \d+`/u);
        expect(report.concurrency.adjustments[0]).toMatchObject({ from: 50, governor: "descriptors" });
        expect(report.concurrency.final).toBeLessThan(50);
      }
    }, 4_000_000);
  }
});

describe("a server that answers 429 above 4 requests at once", () => {
  it("is asked less until it serves: every repository arrives, the limit settles within one of 4, another host is not held up [R-REACTOR-08] [R-REACTOR-23]", async () => {
    const sandbox = use.sandbox();
    const busy = await makeCollection({ root: join(sandbox.root, "served"), repositories: 30, skills: 30 });
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
      expect(report.summary.sync).toMatchObject({ cloned: 31, failed: 0 });
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

  it("is waited for as long as its Retry-After says, which uses up no retry [R-REACTOR-08]", async () => {
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
  it("of bytes ends a fetch while it is under way: no git process is left, the store is clean [R-REACTOR-11]", async () => {
    const sandbox = use.sandbox();
    const noise = Buffer.from(Array.from({ length: 3_000_000 }, () => Math.floor(Math.random() * 256)));
    await createRepository(join(sandbox.root, "served/big.git"), {
      files: { "SKILL.md": skillText("big"), "blob.bin": noise },
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
    const running = readdirSync("/proc").filter(
      (pid) => /^\d+$/u.test(pid) && commandLine(pid).includes(sandbox.storage),
    );
    expect(running).toEqual([]);
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
