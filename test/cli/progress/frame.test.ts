import { describe, expect, it } from "vitest";
import { frameOf } from "../../../src/cli/progress/frame.js";
import { RunProgress } from "../../../src/cli/progress/run-progress.js";
import { widthOf } from "../../../src/cli/progress/width.js";
import { palette } from "../../../src/cli/terms/colour.js";
import type { RunEvent } from "../../../src/run/events.js";
import { again, ended, limitChanged, repository, started, step } from "./events.js";

/** The frame after these events, each with its time in ms, at `now`. */
function frame(events: readonly (readonly [number, RunEvent])[], now: number, size = { columns: 80, rows: 24 }) {
  const progress = new RunProgress("Reading the manifest", 0);
  for (const [at, event] of events) progress.take(event, at);
  const shown = frameOf(progress, size, now, palette(false));
  return shown === null ? null : [`⠋ ${shown.head}`, ...shown.rest];
}

const many = Array.from({ length: 45 }, (_, index) => `r${String(index).padStart(2, "0")}`);

/** Five of 45 have ended, ten are at work. */
function busy(): [number, RunEvent][] {
  return [
    [0, step("sync")],
    ...many.map((name): [number, RunEvent] => [0, repository(name)]),
    ...many.slice(0, 15).map((name): [number, RunEvent] => [0, started(name)]),
    ...many.slice(0, 5).map((name): [number, RunEvent] => [1000, ended(name)]),
    [1500, { type: "bytes-received", at: 0, task: "r05", bytes: 1024 * 1024 }],
  ];
}

describe("a frame of the live view", () => {
  it("shows how far the run is, who is at work, and how many wait [R-PROGRESS-03]", () => {
    const lines = frame(busy(), 4000) ?? [];
    expect(lines[0]).toBe("⠋ Syncing ━────────── 5 of 45 repositories · 1.0 MiB · 409.6 KiB/s · ~32 s left");
    expect(lines[1]).toBe("  acme/r05 fetching · 1.0 MiB · 4 s");
    expect(lines[2]).toBe("  acme/r06 asking for refs · 4 s");
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe("  30 queued");
  });

  it("says why a repository is tried again and when, and who holds its lock [R-PROGRESS-03]", () => {
    const events: [number, RunEvent][] = [
      [0, step("sync")],
      ...["one", "two", "three"].map((name): [number, RunEvent] => [0, repository(name)]),
      [0, started("one")],
      [0, again("one")],
      [0, started("two")],
      [0, { type: "waiting", at: 0, for: "https://example.com/acme/two", pid: 77, task: "two" }],
    ];
    expect(frame(events, 1000)?.slice(1)).toEqual([
      "  acme/two waiting for the lock of process 77",
      "  acme/one retry 1 of 2 in 2 s: server answered 503",
      "  1 queued",
    ]);
    expect(frame(events, 3000)?.[2]).toBe("  acme/one retry 1 of 2 waits its turn: server answered 503");
    const second = [...events, [3000, started("one", 2)] as const];
    expect(frame(second, 3000)?.[1]).toBe("  acme/one asking for refs · attempt 2 · 3 s");
  });

  it("keeps a third of the rows for those that wait with a reason when not all fit [R-PROGRESS-03]", () => {
    const waiting = ["r10", "r11", "r12", "r13"].map((name): [number, RunEvent] => [1500, again(name)]);
    const names = (rows: number) =>
      frame([...busy(), ...waiting], 1500, { columns: 80, rows })?.flatMap(
        (line) => / acme\/(r\d+)/u.exec(line)?.[1] ?? [],
      );
    expect(names(24)).toEqual(["r05", "r06", "r07", "r08", "r09", "r14", "r10", "r11", "r12", "r13"]);
    expect(names(10)).toEqual(["r05", "r06", "r07", "r08", "r10", "r11"]);
    expect(names(6)).toEqual(["r05", "r10"]);
    expect(names(5)).toEqual(["r05"]);
  });

  it("says why the limit has changed [R-PROGRESS-03]", () => {
    const foot = (change: Parameters<typeof limitChanged>[0]) =>
      frame([...busy(), [2000, limitChanged(change)]], 2000)?.at(-1);
    expect(foot({ from: 10, to: 7 })).toBe("  30 queued · limit 10 → 7: few descriptors");
    expect(foot({ from: 7, to: 9, governor: "load" })).toBe("  30 queued · limit 7 → 9: the machine has room");
    expect(foot({ from: 8, to: 4, governor: "throttle", reason: "example.com: 429" })).toBe(
      "  30 queued · example.com 8 → 4 at once: it asks for fewer requests",
    );
  });

  it("shows Phase B by its targets [R-PROGRESS-03]", () => {
    const about = { path: "/x", action: "create", startedMs: 0, error: null } as const;
    const target = (status: "done" | "failed"): [number, RunEvent] => [
      5000,
      { type: "target-ended", at: 1, skill: "a", ...about, agents: [], reasons: [], status },
    ];
    const events: [number, RunEvent][] = [
      ...busy(),
      [5000, { type: "phase-started", at: 5000, phase: "install", targets: 3 }],
      target("done"),
      target("failed"),
    ];
    expect(frame(events, 5000)?.map((line) => line.replace(/[━─]+ /u, ""))).toEqual([
      "⠋ Installing 2 of 3 targets",
      "  1 failed",
    ]);
  });

  it("is one line for one repository, and for a step without any [R-PROGRESS-12]", () => {
    const one: [number, RunEvent][] = [
      [0, step("source")],
      [0, repository("one")],
      [0, started("one")],
    ];
    expect(frame(one.slice(0, 1), 500)).toEqual(["⠋ Looking at sources…"]);
    expect(frame(one, 500)).toEqual(["⠋ Looking at acme/one: asking for refs"]);
    expect(frame([...one, [1, ended("one")]], 500)).toEqual(["⠋ Looking at acme/one: done"]);
    expect(frame([...one, [1, { type: "run-ended", at: 1 }]], 500)).toBe(null);
    expect(frame([[0, { type: "waiting", at: 0, for: "/m/skills.toml", pid: 7 }]], 5000)).toEqual([
      "⠋ Waiting for process 7, which works on /m/skills.toml… 5 s",
    ]);
  });

  it("is never higher or wider than the screen [R-PROGRESS-01] [R-PROGRESS-10]", () => {
    const wide = ["日本語の技能", "👩‍👩‍👧‍👦 family", "a".repeat(300), "naïve café", "🇩🇪 flags"].map(
      (name, index): [number, RunEvent] => [0, repository(many[index + 5] ?? "", { name })],
    );
    const [begin, ...rest] = busy();
    for (const columns of [1, 2, 20, 24, 40, 80, 140, 300])
      for (const rows of [1, 2, 3, 5, 10, 24, 60]) {
        const lines = frame([begin!, ...rest.slice(0, 45), ...wide, ...rest.slice(45)], 4000, { columns, rows }) ?? [];
        expect(lines.length, `${columns}x${rows}`).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of lines)
          expect(widthOf(line), `${columns}x${rows}: ${line}`).toBeLessThan(Math.max(4, columns));
      }
  });

  it("keeps the numbers on a narrow screen, and counts who is not shown [R-PROGRESS-01]", () => {
    expect(frame(busy(), 4000, { columns: 20, rows: 24 })?.slice(0, 2)).toEqual([
      "⠋ Syncing 5 of 45",
      "  acme/r05 fetchin…",
    ]);
    expect(frame(busy(), 4000, { columns: 50, rows: 24 })?.[0]).toBe("⠋ Syncing 5 of 45 repositories · 1.0 MiB");
    expect(frame(busy(), 4000, { columns: 80, rows: 5 })).toEqual([
      expect.stringContaining("5 of 45 repositories"),
      "  acme/r05 fetching · 1.0 MiB · 4 s",
      "  and 9 more at work",
      "  30 queued",
    ]);
  });
});
