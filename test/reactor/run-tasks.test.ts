import { setMaxListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { EdenError } from "../../src/errors.js";
import type { ReactorEvent } from "../../src/reactor/events.js";
import { Limiter } from "../../src/reactor/limiter.js";
import { MOST_THROTTLED, type FailureKind } from "../../src/reactor/patience.js";
import { asEdenError, cancellation } from "../../src/reactor/task-failure.js";
import { runTasks } from "../../src/reactor/run-tasks.js";
import { type Task, type TaskOutcome, type TaskRules } from "../../src/reactor/task.js";
import { settled, VirtualClock } from "../system/virtual-clock.js";

/** Rules with a virtual clock, a jitter of one half, and a record of what was told. */
function world(changes: Partial<TaskRules> & { permits?: number } = {}) {
  const clock = new VirtualClock();
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const events: ReactorEvent[] = [];
  const { permits, ...rest } = changes;
  const limiter = new Limiter(permits ?? 10);
  const rules: TaskRules = {
    limiter,
    clock,
    signal: abort.signal,
    retries: 2,
    timeoutMs: 0,
    kindOf: ({ code }): FailureKind =>
      code === "FETCH_NETWORK" ? "transient" : code === "FETCH_THROTTLED" ? "throttled" : "permanent",
    emit: (event) => events.push(event),
    random: () => 0.5,
    ...rest,
  };
  return { clock, abort, events, limiter, rules };
}

function task<T>(key: string, run: Task<T>["run"], priority = 0): Task<T> {
  return { key, priority, run };
}

/** A task that fails with the codes, one an attempt, and then answers "ok". */
function failing(key: string, codes: readonly string[], facts = {}): Task<string> & { attempts: () => number } {
  let attempts = 0;
  return {
    key,
    priority: 0,
    attempts: () => attempts,
    run: async () => {
      const code = codes[attempts++];
      if (code !== undefined) throw new EdenError(code, `attempt ${attempts}`, facts);
      return "ok";
    },
  };
}

/** Runs to the end, moving the clock on whenever everybody waits for it. */
async function finish<T>(clock: VirtualClock, running: Promise<TaskOutcome<T>[]>): Promise<TaskOutcome<T>[]> {
  await clock.run();
  return await running;
}

const again = (events: readonly ReactorEvent[]) =>
  events.filter((event) => event.type === "task-again").map(({ kind, delayMs }) => [kind, delayMs]);

describe("runTasks", () => {
  it("[R-REACTOR-03] answers an empty list with an empty list", async () => {
    expect(await runTasks([], world().rules)).toEqual([]);
  });

  it("[R-REACTOR-02] gives outcomes in the order of the tasks, whatever order they ended in", async () => {
    const { clock, rules } = world();
    const slow = (key: string, ms: number) =>
      task(key, async () => {
        await clock.sleep(ms);
        return key;
      });
    const outcomes = await finish(clock, runTasks([slow("a", 30), slow("b", 10), slow("c", 20)], rules));
    expect(outcomes).toEqual(["a", "b", "c"].map((value) => ({ status: "done", value, attempts: 1 })));
  });

  it("[R-REACTOR-02] with one permit starts strictly by priority, then in the order given", async () => {
    const { rules } = world({ permits: 1 });
    const started: string[] = [];
    const tasks = (
      [
        ["a", 0],
        ["b", 5],
        ["c", 0],
        ["d", 5],
        ["e", -1],
      ] as const
    ).map(([key, priority]) => task(key, async () => started.push(key), priority));
    await runTasks(tasks, rules);
    expect(started).toEqual(["b", "d", "a", "c", "e"]);
  });

  it.each([1, 2, 3, 7])("[R-REACTOR-01] never runs more than %d at once, and does run that many", async (permits) => {
    const { clock, rules, events } = world({ permits });
    let running = 0;
    let peak = 0;
    const tasks = Array.from({ length: 23 }, (_, index) =>
      task(String(index), async () => {
        peak = Math.max(peak, ++running);
        await clock.sleep(10 + (index % 5));
        running--;
      }),
    );
    await finish(clock, runTasks(tasks, rules));
    expect(peak).toBe(permits);
    const told = events.filter((event) => event.type === "task-started").map(({ inFlight }) => inFlight);
    expect(Math.max(...told)).toBe(permits);
  });

  it("[R-REACTOR-05] runs every task although others fail, and reports each failure where it belongs", async () => {
    const { rules } = world({ permits: 1 });
    const tasks = [failing("a", ["FETCH_AUTH"]), failing("b", []), failing("c", ["REF_NOT_FOUND"]), failing("d", [])];
    const outcomes = await runTasks(tasks, rules);
    expect(outcomes.map((outcome) => (outcome.status === "failed" ? outcome.error.code : outcome.status))).toEqual([
      "FETCH_AUTH",
      "done",
      "REF_NOT_FOUND",
      "done",
    ]);
  });

  it("[R-REACTOR-06] turns whatever a task throws into its own outcome and gives the permit back", async () => {
    const { rules, limiter } = world({ permits: 1 });
    const bug = new TypeError("x is not a function \u001b[2J");
    const throwing: Task<never>["run"] = () => {
      throw bug;
    };
    const tasks = [
      task("thrown", throwing),
      task("rejected", () => Promise.reject(new Error("no"))),
      task("text", () => Promise.reject("just text")),
      task("nothing", () => Promise.reject(undefined)),
      task("fine", () => Promise.resolve(1)),
    ];
    const outcomes = await runTasks<unknown>(tasks, rules);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["failed", "failed", "failed", "failed", "done"]);
    expect(outcomes.map((outcome) => outcome.attempts)).toEqual([1, 1, 1, 1, 1]);
    const [first, , third] = outcomes;
    expect(first).toMatchObject({ error: { code: "INTERNAL", message: "x is not a function \\x1b[2J", cause: bug } });
    expect(third).toMatchObject({ error: { code: "INTERNAL", message: "just text" } });
    expect([limiter.inUse, limiter.waiting]).toEqual([0, 0]);
  });

  it.each([
    [0, 1],
    [1, 2],
    [2, 3],
    [5, 6],
  ])(
    "[R-REACTOR-07] with %d retries makes %d attempts at a transient failure that does not pass",
    async (retries, attempts) => {
      const { clock, rules, events } = world({ retries });
      const failingTask = failing(
        "a",
        Array.from({ length: 20 }, () => "FETCH_NETWORK"),
      );
      const [outcome] = await finish(clock, runTasks([failingTask], rules));
      expect(outcome).toMatchObject({
        status: "failed",
        attempts,
        error: {
          code: "FETCH_NETWORK",
          message: `attempt ${attempts} (tried ${attempts === 1 ? "once" : `${attempts} times`})`,
        },
      });
      expect([failingTask.attempts(), again(events).length]).toEqual([attempts, retries]);
    },
  );

  it("[R-REACTOR-07] succeeds on the last retry, having waited with full jitter each time", async () => {
    const { clock, rules, events } = world({ retries: 3 });
    const [outcome] = await finish(
      clock,
      runTasks([failing("a", ["FETCH_NETWORK", "FETCH_NETWORK", "FETCH_NETWORK"])], rules),
    );
    expect(outcome).toEqual({ status: "done", value: "ok", attempts: 4 });
    expect(again(events)).toEqual([
      ["retried", 250],
      ["retried", 500],
      ["retried", 1_000],
    ]);
    expect(clock.now()).toBe(1_750);
  });

  it("[R-REACTOR-07] never retries what is permanent", async () => {
    const { rules, clock } = world({ retries: 9 });
    const [outcome] = await runTasks([failing("a", ["FETCH_AUTH"])], rules);
    expect(outcome).toMatchObject({ status: "failed", attempts: 1 });
    expect(clock.now()).toBe(0);
  });

  it("[R-REACTOR-07] takes a permanent failure after a transient one as the end", async () => {
    const { clock, rules } = world({ retries: 9 });
    const [outcome] = await finish(clock, runTasks([failing("a", ["FETCH_NETWORK", "FETCH_AUTH"])], rules));
    expect(outcome).toMatchObject({ status: "failed", attempts: 2, error: { code: "FETCH_AUTH" } });
  });

  it("[R-REACTOR-07] waits out a back-off without a permit, so that others run meanwhile", async () => {
    const { clock, rules, limiter } = world({ permits: 1 });
    const running = runTasks([failing("a", ["FETCH_NETWORK"]), failing("b", [])], rules);
    await settled();
    expect([clock.sleeping, limiter.inUse, limiter.waiting]).toEqual([1, 0, 0]);
    await finish(clock, running);
  });

  it("[R-REACTOR-02] a task that tries again stands behind those of higher priority and before those of lower", async () => {
    const { clock, rules } = world({ permits: 1, random: () => 0 });
    const order: string[] = [];
    let attempts = 0;
    const retried = task(
      "retried",
      async () => {
        order.push("retried");
        if (attempts++ === 0) throw new EdenError("FETCH_NETWORK", "cut");
      },
      1,
    );
    const others = (["high", "low", "low too"] as const).map((key, index) =>
      task(
        key,
        async () => {
          order.push(key);
          await clock.sleep(10);
        },
        index === 0 ? 2 : 0,
      ),
    );
    await finish(clock, runTasks([retried, ...others], rules));
    expect(order).toEqual(["high", "retried", "low", "retried", "low too"]);
  });

  it("[R-REACTOR-08] gives up at the tenth throttled attempt in a row", async () => {
    const { clock, rules, events } = world({ retries: 0 });
    expect(MOST_THROTTLED).toBe(10);
    const throttled = failing(
      "a",
      Array.from({ length: 30 }, () => "FETCH_THROTTLED"),
    );
    const [outcome] = await finish(clock, runTasks([throttled], rules));
    expect(outcome).toMatchObject({ status: "failed", attempts: 10, error: { code: "FETCH_THROTTLED" } });
    expect(again(events)).toEqual(
      [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000].map((ms) => ["requeued", ms]),
    );
  });

  it("[R-REACTOR-08] nine throttled attempts in a row still end well, even without a retry", async () => {
    const { clock, rules } = world({ retries: 0 });
    const [outcome] = await finish(
      clock,
      runTasks(
        [
          failing(
            "a",
            Array.from({ length: 9 }, () => "FETCH_THROTTLED"),
          ),
        ],
        rules,
      ),
    );
    expect(outcome).toEqual({ status: "done", value: "ok", attempts: 10 });
  });

  it("[R-REACTOR-08] a throttled attempt spends no retry, and another failure between starts the count anew", async () => {
    const { clock, rules } = world({ retries: 2 });
    const nine = Array.from({ length: 9 }, () => "FETCH_THROTTLED");
    const codes = [...nine, "FETCH_NETWORK", ...nine, "FETCH_NETWORK", ...nine];
    const [outcome] = await finish(clock, runTasks([failing("a", codes)], rules));
    expect(outcome).toEqual({ status: "done", value: "ok", attempts: 30 });
    const [given] = await finish(clock, runTasks([failing("b", [...codes, "FETCH_NETWORK"])], rules));
    expect(given).toMatchObject({ status: "failed", attempts: 30, error: { code: "FETCH_NETWORK" } });
  });

  it.each([
    ["FETCH_THROTTLED", "requeued"],
    ["FETCH_NETWORK", "retried"],
  ])("[R-REACTOR-08] waits after %s as long as the server asked, up to 5 minutes", async (code, kind) => {
    const { clock, rules, events } = world({ random: () => 0 });
    for (const retryAfterSeconds of [7, 299, 300])
      expect(await finish(clock, runTasks([failing("a", [code], { retryAfterSeconds })], rules))).toMatchObject([
        { status: "done", attempts: 2 },
      ]);
    expect(again(events)).toEqual([
      [kind, 7_000],
      [kind, 299_000],
      [kind, 300_000],
    ]);
  });

  it.each(["FETCH_THROTTLED", "FETCH_NETWORK"])(
    "[R-REACTOR-08] fails at once where the server asked after %s for more than 5 minutes, and says for how much",
    async (code) => {
      const { clock, rules, events } = world({ random: () => 0 });
      const [outcome] = await finish(clock, runTasks([failing("a", [code], { retryAfterSeconds: 301 })], rules));
      expect(outcome).toMatchObject({
        status: "failed",
        attempts: 1,
        error: {
          code: "FETCH_THROTTLED",
          message: "attempt 1 (tried once)",
          facts: { hint: "Run the command again in 5 min; at most 5 min are waited for." },
        },
      });
      expect([again(events), clock.now()]).toEqual([[], 0]);
    },
  );

  it.each([
    ["300 s, twice", 300, 3, 600_000],
    ["250 s, twice, since a third wait would be too much", 250, 3, 500_000],
    ["200 s, three times", 200, 4, 600_000],
  ])("[R-REACTOR-08] ends with 10 minutes of throttled waits together: %s", async (_, seconds, attempts, waitedMs) => {
    const { clock, rules } = world({ random: () => 0, retries: 5 });
    const codes = Array.from({ length: 20 }, () => "FETCH_THROTTLED");
    const throttled = failing("a", codes, { retryAfterSeconds: seconds });
    const [outcome] = await finish(clock, runTasks([throttled], rules));
    expect(outcome).toMatchObject({ status: "failed", attempts, error: { code: "FETCH_THROTTLED" } });
    expect(clock.now()).toBe(waitedMs);
  });

  it("[R-REACTOR-08] counts throttled waits together also when other failures lie between, and each task's alone", async () => {
    const { clock, rules } = world({ random: () => 0, retries: 9 });
    const codes = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? "FETCH_THROTTLED" : "FETCH_CORRUPT"));
    const between = {
      ...rules,
      kindOf: ({ code }: EdenError): FailureKind => (code === "FETCH_CORRUPT" ? "transient" : "throttled"),
    };
    const mixed = (key: string) => ({
      ...failing(key, codes, { retryAfterSeconds: 100 }),
    });
    const outcomes = await finish(clock, runTasks([mixed("a"), mixed("b")], between));
    // Six waits of 100 s for the throttled ones, six for the others.
    expect(outcomes.map(({ attempts }) => attempts)).toEqual([13, 13]);
    expect(clock.now()).toBe(1_200_000);
  });

  it("[R-REACTOR-09] does not count a wait that the server asked for as time of an attempt", async () => {
    const { clock, rules } = world({ random: () => 0, timeoutMs: 1_000 });
    const waiting = failing("a", ["FETCH_THROTTLED"], { retryAfterSeconds: 250 });
    expect(await finish(clock, runTasks([waiting], rules))).toMatchObject([{ status: "done", attempts: 2 }]);
    expect(clock.now()).toBe(250_000);
  });

  it("[R-REACTOR-18] says how often a task was tried that failed in the end, and nothing of a failure that is final at once", async () => {
    const { clock, rules } = world({ retries: 1 });
    const tasks = [
      failing("passing", ["FETCH_NETWORK", "FETCH_NETWORK"]),
      failing("mixed", ["FETCH_NETWORK", "FETCH_AUTH"]),
      failing("alone", ["FETCH_AUTH"]),
      failing("final", ["FETCH_CORRUPT"], { isFinal: true }),
    ];
    const outcomes = await finish(clock, runTasks(tasks, rules));
    expect(outcomes.map((outcome) => (outcome.status === "failed" ? outcome.error.message : outcome.status))).toEqual([
      "attempt 2 (tried 2 times)",
      "attempt 2 (tried 2 times)",
      "attempt 1",
      "attempt 1 (tried once)",
    ]);
  });

  it("[R-REACTOR-09] ends an attempt at the moment its time is up, counted from the permit and not from the queue", async () => {
    const { clock, rules, events } = world({ permits: 1, timeoutMs: 100 });
    const ended: [string, number][] = [];
    const slow = (key: string, ms: number) =>
      task(key, async (signal) => {
        try {
          await clock.sleep(ms, signal);
        } finally {
          ended.push([key, clock.now()]);
        }
        return key;
      });
    const outcomes = await finish(clock, runTasks([slow("a", 99), slow("b", 100_000), slow("c", 99)], rules));
    expect(outcomes.map(({ status }) => status)).toEqual(["done", "failed", "done"]);
    expect(outcomes[1]).toMatchObject({
      error: { code: "FETCH_TIMEOUT", message: "not done within 0.1 s", facts: { stage: "fetch" } },
    });
    expect(ended).toEqual([
      ["a", 99],
      ["b", 199],
      ["c", 298],
    ]);
    const waited = events.filter((event) => event.type === "task-started").map(({ waitedMs }) => waitedMs);
    expect(waited).toEqual([0, 99, 199]);
  });

  it("[R-REACTOR-09] with a timeout of 0 lets an attempt run for ever", async () => {
    const { clock, rules } = world({ timeoutMs: 0 });
    const running = runTasks([task("a", (signal) => clock.sleep(1e9, signal))], rules);
    await clock.advance(1e9 - 1);
    expect(clock.sleeping).toBe(1);
    await clock.advance(1);
    expect((await running)[0]?.status).toBe("done");
  });

  it("[R-REACTOR-09] gives every attempt the whole time", async () => {
    const { clock, rules } = world({ timeoutMs: 100, random: () => 0, kindOf: () => "transient", retries: 2 });
    const starts: number[] = [];
    const stuck = task("a", async (signal) => {
      starts.push(clock.now());
      await clock.sleep(1e6, signal);
    });
    const [outcome] = await finish(clock, runTasks([stuck], rules));
    expect(starts).toEqual([0, 100, 200]);
    expect(outcome).toMatchObject({ status: "failed", attempts: 3, error: { code: "FETCH_TIMEOUT" } });
  });

  it("[R-REACTOR-09] leaves no timer behind when an attempt ends in time", async () => {
    const { clock, rules } = world({ timeoutMs: 100 });
    await runTasks([failing("a", []), failing("b", ["FETCH_AUTH"])], rules);
    await settled();
    expect(clock.sleeping).toBe(0);
  });

  it("[R-REACTOR-10] a cancelled run stops what runs, does not begin what waits, and answers for each", async () => {
    const { clock, rules, abort, events, limiter } = world({ permits: 1 });
    const begun: string[] = [];
    const slow = (key: string) =>
      task(key, async (signal) => {
        begun.push(key);
        await clock.sleep(1e6, signal);
      });
    const running = runTasks([slow("runs"), slow("waits"), slow("waits too")], rules);
    await settled();
    const reason = new EdenError("CANCELLED", "the deadline budget was exceeded: 11 of 10");
    abort.abort(reason);
    abort.abort(new Error("a second time"));
    const outcomes = await running;
    expect(outcomes).toEqual([
      { status: "cancelled", error: reason, attempts: 1 },
      { status: "cancelled", error: reason, attempts: 0 },
      { status: "cancelled", error: reason, attempts: 0 },
    ]);
    expect(begun).toEqual(["runs"]);
    expect([limiter.inUse, limiter.waiting]).toEqual([0, 0]);
    const ended = events.filter((event) => event.type === "task-ended");
    expect(new Map(ended.map(({ task: key, startedAt }) => [key, startedAt]))).toEqual(
      new Map([
        ["runs", 0],
        ["waits", null],
        ["waits too", null],
      ]),
    );
    expect(ended).toHaveLength(3);
  });

  it("[R-REACTOR-10] cancels a task that waits to try again", async () => {
    const { clock, rules, abort } = world();
    const running = runTasks([failing("a", ["FETCH_THROTTLED"])], rules);
    await settled();
    expect(clock.sleeping).toBe(1);
    abort.abort(new Error("interrupted"));
    expect((await running)[0]).toMatchObject({ status: "cancelled", attempts: 1, error: { code: "CANCELLED" } });
    expect(clock.sleeping).toBe(0);
  });

  it("[R-REACTOR-10] keeps what was done before the run was cancelled", async () => {
    const { clock, rules, abort } = world({ permits: 1 });
    const quick = task("quick", async () => "done");
    const stuck = task("stuck", async (signal) => {
      await clock.sleep(1e6, signal);
      return "never";
    });
    const running = runTasks([quick, stuck], rules);
    await settled();
    abort.abort();
    expect((await running).map(({ status }) => status)).toEqual(["done", "cancelled"]);
  });

  it("[R-REACTOR-10] begins nothing when the run was cancelled before", async () => {
    const { rules, abort } = world();
    abort.abort(new Error("already"));
    const never = failing("a", []);
    expect(await runTasks([never], rules)).toMatchObject([{ status: "cancelled", attempts: 0 }]);
    expect(never.attempts()).toBe(0);
  });

  it("[R-REACTOR-10] a task whose attempt failed because the run was cancelled is cancelled, not failed or retried", async () => {
    const { clock, rules, abort, events } = world({ retries: 5 });
    const stuck = task("a", async (signal) => {
      await clock.sleep(1e6, signal).catch(() => {});
      throw new EdenError("FETCH_NETWORK", "the connection was cut");
    });
    const running = runTasks([stuck], rules);
    await settled();
    abort.abort();
    expect((await running)[0]?.status).toBe("cancelled");
    expect(again(events)).toEqual([]);
  });

  it("[R-REACTOR-03] tells each task its outcome once, at the moment it is known", async () => {
    const { clock, rules } = world({ retries: 1 });
    const told: [string, string, number | null, number][] = [];
    const telling = (one: Task<string>): Task<string> => ({
      ...one,
      ended: (outcome, startedAt) => told.push([one.key, outcome.status, startedAt, clock.now()]),
    });
    await finish(clock, runTasks([telling(failing("slow", ["FETCH_NETWORK"])), telling(failing("quick", []))], rules));
    expect(told).toEqual([
      ["quick", "done", 0, 0],
      ["slow", "done", 0, 250],
    ]);
  });

  it("[R-REACTOR-03] emits the life of a task in order, with the clock's times", async () => {
    const { clock, rules, events } = world({ retries: 1 });
    await finish(clock, runTasks([failing("a", ["FETCH_NETWORK"])], rules));
    expect(events).toMatchObject([
      { type: "task-queued", at: 0, task: "a" },
      { type: "task-started", at: 0, task: "a", attempt: 1, waitedMs: 0, inFlight: 1 },
      { type: "task-again", at: 0, task: "a", kind: "retried", delayMs: 250, error: { code: "FETCH_NETWORK" } },
      { type: "task-started", at: 250, task: "a", attempt: 2, waitedMs: 0, inFlight: 1 },
      { type: "task-ended", at: 250, task: "a", status: "done", attempts: 2, startedAt: 0 },
    ]);
    expect(events).toHaveLength(5);
  });
});

describe("cancellation", () => {
  it("[R-REACTOR-10] keeps the diagnostic of a breach and makes one of anything else", () => {
    const breach = new EdenError("CANCELLED", "the failures budget was exceeded: 2 of 1");
    expect(cancellation(breach)).toBe(breach);
    const made = cancellation("SIGINT");
    expect([made.code, made.message, made.cause]).toEqual(["CANCELLED", "the run was cancelled", "SIGINT"]);
  });
});

describe("asEdenError", () => {
  it("[R-REACTOR-06] leaves an expected failure as it is and names anything else INTERNAL, keeping the cause", () => {
    const expected = new EdenError("FETCH_AUTH", "no");
    expect(asEdenError(expected)).toBe(expected);
    const cause = new RangeError("boom");
    expect(asEdenError(cause)).toMatchObject({ code: "INTERNAL", message: "boom", cause });
    expect(asEdenError({})).toMatchObject({ code: "INTERNAL", message: "[object Object]" });
  });
});
