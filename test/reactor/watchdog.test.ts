import { describe, expect, it } from "vitest";
import { EdenError } from "../../src/errors.js";
import type { ReactorEvent } from "../../src/reactor/events.js";
import { Watchdog, type Budgets } from "../../src/reactor/watchdog.js";
import { VirtualClock } from "../system/virtual-clock.js";

function watch(budgets: Partial<Budgets>) {
  const clock = new VirtualClock();
  const events: ReactorEvent[] = [];
  const all = { deadlineMs: null, maxFailures: null, maxDownloadBytes: null, ...budgets };
  return { clock, events, watchdog: new Watchdog(all, clock, (event) => events.push(event)) };
}

describe("Watchdog", () => {
  it("[R-REACTOR-11] without budgets never breaks one, and holds nothing that would keep the program alive", async () => {
    const { clock, watchdog } = watch({});
    expect(clock.sleeping).toBe(0);
    for (let count = 0; count < 1000; count++) watchdog.countFailure();
    watchdog.countBytes(1e15);
    await clock.advance(1e12);
    expect([watchdog.breach, watchdog.signal.aborted]).toEqual([null, false]);
  });

  it("[R-REACTOR-11] breaks the deadline when its time has come and not a millisecond before", async () => {
    const { clock, events, watchdog } = watch({ deadlineMs: 1_000 });
    await clock.advance(999);
    expect(watchdog.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(watchdog.breach).toEqual({ budget: "deadline", limit: 1_000, observed: 1_000 });
    expect(events).toEqual([{ type: "breached", at: 1_000, breach: watchdog.breach }]);
  });

  it("[R-REACTOR-11] counts the deadline from its making, and tells whole milliseconds", async () => {
    const clock = new VirtualClock();
    await clock.advance(5_000.25);
    const watchdog = new Watchdog({ deadlineMs: 100.5, maxFailures: null, maxDownloadBytes: null }, clock, () => {});
    await clock.advance(200);
    expect(watchdog.breach).toEqual({ budget: "deadline", limit: 100.5, observed: 101 });
  });

  it.each([0, 1, 3])("[R-REACTOR-11] tolerates %d failures, and breaks at the next", (limit) => {
    const { watchdog, events } = watch({ maxFailures: limit });
    for (let count = 0; count < limit; count++) watchdog.countFailure();
    expect(watchdog.breach).toBeNull();
    watchdog.countFailure();
    expect(watchdog.breach).toEqual({ budget: "failures", limit, observed: limit + 1 });
    watchdog.countFailure();
    expect([watchdog.breach?.observed, events.length]).toEqual([limit + 1, 1]);
  });

  it("[R-REACTOR-11] adds up the bytes received: exactly the limit is within it", () => {
    const { watchdog } = watch({ maxDownloadBytes: 100 });
    watchdog.countBytes(60);
    watchdog.countBytes(40);
    expect(watchdog.breach).toBeNull();
    watchdog.countBytes(1);
    expect(watchdog.breach).toEqual({ budget: "download", limit: 100, observed: 101 });
  });

  it("[R-REACTOR-11] aborts with a diagnostic that names the budget, the limit and what was observed", () => {
    const { watchdog } = watch({ maxFailures: 2 });
    for (let count = 0; count < 3; count++) watchdog.countFailure();
    const reason: unknown = watchdog.signal.reason;
    expect(reason).toBeInstanceOf(EdenError);
    expect(reason).toMatchObject({ code: "CANCELLED", message: "the failures budget was exceeded: 3 of 2" });
    expect((reason as EdenError).facts.hint).toContain("[reactor]");
  });

  it("[R-REACTOR-11] reports the first breach only", async () => {
    const { clock, watchdog, events } = watch({ deadlineMs: 10, maxFailures: 0, maxDownloadBytes: 0 });
    watchdog.countBytes(7);
    watchdog.countFailure();
    await clock.advance(100);
    expect(watchdog.breach).toEqual({ budget: "download", limit: 0, observed: 7 });
    expect(events).toHaveLength(1);
  });

  it("[R-REACTOR-11] breaks nothing after its end, and lets go of the clock", async () => {
    const { clock, watchdog, events } = watch({ deadlineMs: 10, maxFailures: 0, maxDownloadBytes: 0 });
    watchdog.end();
    await clock.advance(0);
    expect(clock.sleeping).toBe(0);
    watchdog.countFailure();
    watchdog.countBytes(1);
    await clock.advance(100);
    expect([watchdog.breach, watchdog.signal.aborted, events]).toEqual([null, false, []]);
  });

  it("[R-REACTOR-11] tells of a breach before it aborts, so that cancellations come after it in the record", () => {
    const seen: string[] = [];
    const watchdog: Watchdog = new Watchdog(
      { deadlineMs: null, maxFailures: 0, maxDownloadBytes: null },
      new VirtualClock(),
      () => seen.push("event"),
    );
    watchdog.signal.addEventListener("abort", () => seen.push("abort"));
    watchdog.countFailure();
    expect(seen).toEqual(["event", "abort"]);
  });
});
