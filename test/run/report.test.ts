import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SkillReactor, type RunEvent } from "../../src/index.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Two repositories that work, one that is absent, and a directory of the user's own where the skill `taken` belongs. */
async function setUp(head?: string) {
  const sandbox = use.sandbox();
  for (const name of ["slow", "quick"])
    await createRepository(join(sandbox.root, `served/${name}.git`), { files: { "SKILL.md": skillText(name) } });
  const remote = await use.remote(sandbox);
  const repo = (name: string) => `${remote.url}/${name}.git`;
  const skills = [
    { id: "taken", repo: repo("slow"), agents: ["claude-code", "cursor"] },
    { id: "quick", repo: repo("quick"), agents: ["codex", "zed"] },
    { id: "absent", repo: repo("absent") },
  ];
  const write = (ids: string[]) =>
    sandbox.writeManifest(
      manifestOf(
        skills.filter(({ id }) => ids.includes(id)),
        head,
      ),
    );
  write(["taken", "quick", "absent"]);
  const json = async (...args: string[]) => (await sandbox.run(["apply", "--retries=0", "--json", ...args])).json();
  return { sandbox, write, json };
}

function takeTarget(home: string): void {
  mkdirSync(join(home, ".claude/skills/taken"), { recursive: true });
  writeFileSync(join(home, ".claude/skills/taken/mine.txt"), "mine");
}

describe("the report of a run", () => {
  it("has skills in manifest order with their own diagnostics, and removed ones behind [R-REPORT-02] [R-REPORT-03] [R-REPORT-04]", async () => {
    const { sandbox, write, json } = await setUp();
    takeTarget(sandbox.home);
    const first = await json();
    expect(first.skills.map((skill: { id: string }) => skill.id)).toEqual(["taken", "quick", "absent"]);
    expect(first.skills.map((skill: { status: string }) => skill.status)).toEqual(["conflict", "installed", "failed"]);
    const orders = first.skills.map((skill: { sync: { completion_order: number } }) => skill.sync.completion_order);
    expect(orders.toSorted()).toEqual([1, 2, 3]);
    expect(first.skills[2].diagnostics).toEqual([
      expect.objectContaining({
        code: "FETCH_NOT_FOUND",
        severity: "error",
        stage: expect.any(String),
        message: expect.any(String),
        hint: expect.any(String),
      }),
    ]);
    expect(first.skills[1].diagnostics).toEqual([]);
    expect(first).toMatchObject({ outcome: "failed", exit_code: 1, diagnostics: [] });

    write(["taken"]);
    const second = await json();
    expect(second.skills.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
      ["taken", "conflict"],
      ["quick", "removed"],
    ]);
  });

  it("counts syncs by skill and installs by target, with a reason for each action [R-REPORT-07] [R-REPORT-11] [R-PLAN-04]", async () => {
    const { sandbox, json } = await setUp();
    takeTarget(sandbox.home);
    const { summary, skills } = await json();
    expect(summary.sync).toEqual({ cloned: 2, updated: 0, skipped: 0, failed: 1, cancelled: 0 });
    expect(summary.install).toEqual({ create: 2, update: 0, noop: 0, conflict: 1, remove: 0, failed: 0 });
    const targets = skills.flatMap((skill: { targets: object[] }) => skill.targets);
    for (const { action, reasons, path, agent, agents } of targets) {
      expect(path.startsWith("/")).toBe(true);
      expect(agent).toBe(agents[0]);
      if (action !== "noop") expect(reasons.length).toBeGreaterThan(0);
    }
  });

  it("of a run with nothing to do has no task, no git and no install phase [R-REACTOR-16] [R-REPORT-09]", async () => {
    const { write, json } = await setUp();
    write(["taken", "quick"]);
    expect((await json()).phases.install).not.toBeNull();
    const again = await json();
    expect(again.phases.install).toBeNull();
    expect(again.metrics.git_processes).toBe(0);
    expect(again.summary.sync).toMatchObject({ skipped: 2 });
    expect(again.skills.every((skill: { sync: { attempts: number } }) => skill.sync.attempts === 0)).toBe(true);
  });

  it("says what limit was asked for, by whom, and how much there was to do [R-REPORT-06] [R-REPORT-10]", async () => {
    const { json } = await setUp('scope = "global"\n[reactor]\nconcurrency = 7');
    const { concurrency } = await json();
    expect(concurrency).toMatchObject({ requested: 7, origin: "manifest", minimum: 1, peak: 7, final: 7 });
    const { concurrency: flagged, metrics } = await json("--concurrency=3");
    expect(flagged).toMatchObject({ requested: 3, origin: "flag", peak: 3, adjustments: [] });
    expect(metrics).toMatchObject({ baseline_task_ms: null, performance_gain_percent: null, retried: 0, requeued: 0 });
    expect(metrics.peak_rss_mb).toBeGreaterThan(10);
    expect(metrics.task_ms.p95).toBeGreaterThanOrEqual(metrics.task_ms.p50);
  });

  it("has each repository with its wait, its attempts, its bytes and its writing, on one clock [R-REPORT-14]", async () => {
    const { json } = await setUp();
    const { repositories, metrics, elapsed_ms } = await json();
    expect(repositories.map(({ skills }: { skills: string[] }) => skills)).toEqual([["taken"], ["quick"], ["absent"]]);
    const [slow, quick, absent] = repositories;
    expect(slow).toMatchObject({
      name: expect.stringMatching(/slow$/u),
      host: "127.0.0.1",
      status: "done",
      attempts: [{ end: "done" }],
    });
    expect(absent).toMatchObject({ status: "failed", materialise_ms: null });
    expect(absent.attempts.at(-1)).toMatchObject({ end: "failed", code: null });
    expect(slow.bytes_received + quick.bytes_received + absent.bytes_received).toBe(metrics.bytes_received);
    expect(slow.bytes_received).toBeGreaterThan(0);
    for (const { queued_ms, attempts, materialise_ms, ended_ms } of [slow, quick]) {
      const times = [queued_ms, attempts[0].started_ms, materialise_ms, attempts[0].ended_ms, ended_ms, elapsed_ms];
      expect(times.toSorted((a, b) => a - b)).toEqual(times);
    }
  });

  it("tells a broken budget with its limit, what was observed, and when [R-REPORT-08]", async () => {
    const { json } = await setUp();
    const { breach, outcome } = await json("--max-failures=0", "--concurrency=1");
    expect(outcome).toBe("breached");
    expect(breach).toEqual({ budget: "failures", limit: 0, observed: 1, at_ms: expect.any(Number) });
  });
});

describe("the events of a run", () => {
  it("hold everything that the report says, and a listener that throws changes nothing [R-REACTOR-17] [R-REPORT-01]", async () => {
    const { sandbox } = await setUp();
    const host = { env: sandbox.environment(), home: sandbox.home, cwd: sandbox.project };
    const reactor = new SkillReactor({ host, retries: 0 });
    const events: RunEvent[] = [];
    reactor.on(() => {
      throw new Error("a listener that fails");
    });
    reactor.on((event) => events.push(event));
    const report = await reactor.apply();
    expect(report.outcome).toBe("failed");
    const synced = events.flatMap((event) => (event.type === "skill-synced" ? [[event.skill, event.status]] : []));
    expect(Object.fromEntries(synced)).toEqual(
      Object.fromEntries(report.skills.map((skill) => [skill.id, skill.sync.status])),
    );
    const targets = events.flatMap((event) => (event.type === "target-ended" ? [event.path] : []));
    expect(targets.toSorted()).toEqual(
      report.skills.flatMap((skill) => skill.targets.map(({ path }) => path)).toSorted(),
    );
    expect(events.filter(({ type }) => type === "git-process")).toHaveLength(report.metrics.git_processes);
    expect(readFileSync(join(sandbox.project, "skills.lock"), "utf8")).toContain("quick");
  });
});
