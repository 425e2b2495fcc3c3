import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/run/events.js";
import { palette } from "../../../src/cli/terms/colour.js";
import { PlainView } from "../../../src/cli/progress/plain-view.js";
import { EdenError } from "../../../src/errors.js";

function shown(events: readonly RunEvent[], verbose = false): string[] {
  const lines: string[] = [];
  const view = new PlainView((line) => lines.push(line), palette(false), verbose);
  for (const event of events) view.show(event);
  return lines;
}

const repository: RunEvent = {
  type: "repository",
  at: 0,
  task: "t",
  name: "acme/skills",
  host: "example.com",
  isRemote: true,
  skills: ["a"],
};
const started = (attempt: number): RunEvent => ({
  type: "task-started",
  at: 10,
  task: "t",
  attempt,
  waitedMs: 0,
  inFlight: 1,
});
const again: RunEvent = {
  type: "task-again",
  at: 20,
  task: "t",
  kind: "retried",
  delayMs: 800,
  retry: 1,
  of: 2,
  error: new EdenError("FETCH_NETWORK", "reset"),
};
const ended = (status: "done" | "failed" | "cancelled", startedAt: number | null = 10): RunEvent => ({
  type: "task-ended",
  at: 1210,
  task: "t",
  status,
  attempts: 2,
  startedAt,
  error: null,
});

type Change = Extract<RunEvent, { type: "limit-changed" }>;
const changed = (changes: Partial<Change>): Change => ({
  type: "limit-changed",
  at: 1,
  from: 20,
  to: 15,
  governor: "descriptors",
  reason: "EMFILE",
  ...changes,
});

describe("progress as lines", () => {
  it("tells when a repository begins and ends [R-CLI-11]", () => {
    expect(shown([repository, { type: "task-queued", at: 0, task: "t" }, started(1), ended("done")])).toEqual([
      "downloading acme/skills…",
      "downloaded acme/skills [1.2s]",
    ]);
  });

  it("tells of retries, and of attempts only with --verbose", () => {
    const events = [repository, started(1), again, started(2), ended("failed")];
    const retrying = "retrying acme/skills in 0.8s (FETCH_NETWORK: reset)";
    expect(shown(events)).toEqual(["downloading acme/skills…", retrying, "failed acme/skills [1.2s]"]);
    expect(shown(events, true)).toEqual([
      "downloading acme/skills…",
      retrying,
      "attempt 2 at acme/skills…",
      "failed acme/skills [1.2s] after 2 attempts",
    ]);
  });

  it("gives no time to what never began", () => {
    expect(shown([repository, ended("cancelled", null)])).toEqual(["cancelled acme/skills"]);
  });

  it("makes foreign names visible instead of obeying them", () => {
    expect(shown([{ ...repository, name: "\u001b]0;x\u0007" }, started(1)])).toEqual(["downloading \\x1b]0;x\\x07…"]);
  });

  it("shows warnings with their hint, but leaves errors to the result", () => {
    const notice = { type: "notice", at: 0, code: "SKILL_INVALID", stage: "materialise", message: "no name" } as const;
    expect(shown([{ ...notice, severity: "warning", skill: "a", hint: "Mend it." }])).toEqual([
      "warning[SKILL_INVALID] a: no name",
      "  hint: Mend it.",
    ]);
    expect(shown([{ ...notice, severity: "error", skill: null, hint: null }])).toEqual([]);
  });

  it("shows each change of a limit on a line; that of a host is told as the host's", () => {
    expect(
      shown([
        changed({}),
        changed({ from: 15, to: 20, governor: "throughput", reason: "more\ndone" }),
        changed({ from: 8, to: 4, governor: "throttle", reason: "example.com: 429 Too Many Requests" }),
        changed({ from: 3, to: 2, governor: "throttle", reason: "[::1]:8080: 503: later" }),
      ]),
    ).toEqual([
      "concurrency 20 → 15 (descriptors: EMFILE)",
      "concurrency 15 → 20 (throughput: more | done)",
      "host example.com: 8 → 4 at once (429 Too Many Requests)",
      "host [::1]:8080: 3 → 2 at once (503: later)",
    ]);
  });

  it("shows five changes of a limit and leaves the rest to the result", () => {
    const changes = Array.from({ length: 9 }, (_, index) => changed({ from: 20 - index, to: 19 - index }));
    for (const verbose of [false, true]) {
      expect(shown([...changes, { type: "waiting", at: 2, for: "x", pid: 7 }], verbose)).toEqual([
        ...[20, 19, 18, 17, 16].map((from) => `concurrency ${from} → ${from - 1} (descriptors: EMFILE)`),
        "waiting for x, which process 7 is working on…",
      ]);
    }
  });

  it("shows a broken budget and a wait", () => {
    const breach = { budget: "deadline", limit: 60_000, observed: 60_003 } as const;
    expect(
      shown([
        { type: "breached", at: 1, breach },
        { type: "waiting", at: 2, for: "acme/skills", pid: 7 },
      ]),
    ).toEqual([
      "budget exceeded: deadline, 60.0s of 60.0s; the rest is cancelled",
      "waiting for acme/skills, which process 7 is working on…",
    ]);
  });
});
