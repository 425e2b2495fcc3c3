import { describe, expect, it } from "vitest";
import { EdenError } from "../../src/errors.js";
import { Control, type ControlSettings } from "../../src/reactor/control.js";
import type { ReactorEvent } from "../../src/reactor/events.js";
import type { Resource } from "../../src/reactor/governors/room.js";
import { HostGates } from "../../src/reactor/host-gates.js";
import { Limiter } from "../../src/reactor/limiter.js";
import { Regulator } from "../../src/reactor/regulator.js";
import { MOST_STARVED } from "../../src/reactor/patience.js";
import { runTasks } from "../../src/reactor/run-tasks.js";
import { type Task, type TaskRules } from "../../src/reactor/task.js";
import { VirtualClock } from "../system/virtual-clock.js";

const files = (limit: number): Resource => ({ name: "open files", limit, inUse: 20 });

function setUp(changes: Partial<ControlSettings> & { permits?: number } = {}) {
  const clock = new VirtualClock();
  const events: ReactorEvent[] = [];
  const limiter = new Limiter(changes.permits ?? 10);
  const load = { cpuPercent: 50, memoryPercent: 50 };
  const control = new Control(limiter, {
    requested: 10,
    minimum: 1,
    ceiling: 10,
    adaptive: true,
    thresholds: { memoryHigh: 85, cpuLow: 40, cpuHigh: 80, queueLow: 2, queueHigh: 20 },
    intervalMs: 500,
    resources: [],
    clock,
    readLoad: () => load,
    emit: (event) => events.push(event),
    ...changes,
  });
  const changesTold = () =>
    events.flatMap((event) =>
      event.type === "limit-changed" ? [[event.governor, event.from, event.to, event.reason]] : [],
    );
  return { clock, events, limiter, control, load, changesTold };
}

describe("the regulator [R-REACTOR-25]", () => {
  it("puts the lowest of all in force, within the bounds, and tells whose it is", () => {
    const events: ReactorEvent[] = [];
    const limiter = new Limiter(10);
    const regulator = new Regulator(limiter, { minimum: 3, ceiling: 10 }, (event) => events.push(event));
    regulator.apply(null, 1);
    regulator.apply({ governor: "memory", limit: 8, reason: "m" }, 1);
    regulator.apply({ governor: "load", limit: 5, reason: "l" }, 2);
    regulator.apply({ governor: "memory", limit: 9, reason: "m" }, 3);
    regulator.apply({ governor: "load", limit: 1, reason: "l" }, 4);
    regulator.apply({ governor: "descriptors", limit: 2, reason: "d" }, 5);
    regulator.apply({ governor: "load", limit: 10, reason: "l" }, 6);
    regulator.apply({ governor: "descriptors", limit: 50, reason: "d" }, 7);
    expect(events).toEqual([
      { type: "limit-changed", at: 1, from: 10, to: 8, governor: "memory", reason: "m" },
      { type: "limit-changed", at: 2, from: 8, to: 5, governor: "load", reason: "l" },
      { type: "limit-changed", at: 4, from: 5, to: 3, governor: "load", reason: "l" },
      { type: "limit-changed", at: 5, from: 3, to: 2, governor: "descriptors", reason: "d" },
      {
        type: "limit-changed",
        at: 7,
        from: 2,
        to: 9,
        governor: "descriptors",
        reason: "d",
      },
    ]);
    expect(limiter.maxPermits).toBe(9);
  });
});

describe("the control of a run", () => {
  it("clamps at the start what the soft limit of open files does not allow [R-REACTOR-20]", () => {
    const { control, limiter, changesTold } = setUp({ resources: [files(74)] });
    expect(limiter.maxPermits).toBe(4);
    expect(changesTold()).toEqual([["descriptors", 10, 4, "74 open files, 134 needed"]]);
    expect(control.scarce).toEqual([{ name: "open files", limit: 74, fits: 4, needed: 134 }]);
    expect(setUp({ resources: [files(134)] }).control.scarce).toEqual([]);
  });

  it("is clamped by what is scarcest, and tells of everything that is scarce [R-REACTOR-20]", () => {
    const processes: Resource = { name: "processes", limit: 32, inUse: 12 };
    const { control, limiter, changesTold } = setUp({ resources: [files(74), processes] });
    expect(limiter.maxPermits).toBe(3);
    expect(changesTold()).toEqual([["descriptors", 10, 3, "32 processes, 74 needed"]]);
    expect(control.scarce.map(({ name, fits }) => [name, fits])).toEqual([
      ["processes", 3],
      ["open files", 4],
    ]);
  });

  it("warns for auto only when even its first limit does not fit", () => {
    const fits = setUp({ requested: "auto", ceiling: 100, resources: [files(300)] });
    expect(fits.control.scarce).toEqual([]);
    expect(fits.limiter.maxPermits).toBe(10);
    const tight = setUp({ requested: "auto", ceiling: 100, resources: [files(74)] });
    expect(tight.control.scarce[0]?.fits).toBe(4);
    expect(tight.limiter.maxPermits).toBe(4);
  });

  it("warns of a number that was asked for even when the first limit fits [R-REACTOR-20]", () => {
    const fixed = setUp({ permits: 5, resources: [files(104)] });
    expect(fixed.control.scarce.map(({ fits }) => fits)).toEqual([7]);
    const auto = setUp({ requested: "auto", ceiling: 100, resources: [files(134)] });
    expect(auto.control.scarce).toEqual([]);
  });

  it("with auto looks for the first time after half an interval, and the load changes the limit [R-REACTOR-21]", async () => {
    const { control, clock, load, changesTold } = setUp({ requested: "auto", ceiling: 100 });
    control.start();
    load.cpuPercent = 90;
    await clock.advance(249);
    expect(changesTold()).toEqual([]);
    await clock.advance(1);
    expect(changesTold()).toMatchObject([["load", 10, 8, expect.stringContaining("90")]]);
    await clock.advance(499);
    expect(changesTold()).toHaveLength(1);
    await clock.advance(1);
    expect(changesTold()).toHaveLength(2);
    control.end();
  });

  it("with auto raises the limit while tasks wait and the processor is idle [R-REACTOR-24]", async () => {
    const { control, clock, limiter, load, changesTold } = setUp({ requested: "auto", ceiling: 100 });
    for (let index = 0; index < 40; index++) void limiter.acquire({ priority: 0, index });
    control.start();
    load.cpuPercent = 20;
    await clock.advance(250);
    expect(changesTold()).toEqual([["throughput", 10, 40, "cpu 20 %, queue 30"]]);
    control.end();
  });

  it.each([
    [true, 10],
    [false, "auto"],
  ] as const)(
    "with adaptive = %s and %s asked for the load changes nothing [R-REACTOR-25]",
    async (adaptive, requested) => {
      const { control, clock, load, changesTold } = setUp({ adaptive, requested });
      control.start();
      load.cpuPercent = 99;
      await clock.advance(2000);
      expect(changesTold()).toEqual([]);
      control.end();
    },
  );

  it("looks at the machine on its interval, and no more once it has ended [R-REACTOR-21]", async () => {
    const { control, clock, load, changesTold } = setUp();
    control.start();
    load.memoryPercent = 90;
    await clock.advance(499);
    expect(changesTold()).toEqual([]);
    await clock.advance(1);
    expect(changesTold()).toEqual([["memory", 10, 8, "memory 90 %"]]);
    control.end();
    await clock.advance(5000);
    expect(changesTold()).toHaveLength(1);
    expect(clock.sleeping).toBe(0);
  });

  it("with adaptive = false leaves everything but descriptors alone", async () => {
    const { control, clock, load, changesTold } = setUp({ adaptive: false });
    control.start();
    load.memoryPercent = 99;
    await clock.advance(2000);
    expect(control.gates).toBeNull();
    expect(changesTold()).toEqual([]);
    control.exhausted(clock.now(), "EMFILE");
    expect(changesTold()).toEqual([["descriptors", 10, 8, "EMFILE"]]);
    await clock.advance(2000);
    expect(changesTold().at(-1)).toEqual(["descriptors", 8, 9, "quiet for 2 s"]);
    control.end();
  });
});

describe("gates of hosts [R-REACTOR-23]", () => {
  const place = { priority: 0, index: 0 };
  const { signal } = new AbortController();

  function setUpGates() {
    const clock = new VirtualClock();
    const events: ReactorEvent[] = [];
    const gates = new HostGates(clock, (event) => events.push(event));
    const enter = async (host: string) => {
      const permit = await gates.acquire(host, place, signal);
      const attempt = gates.begin(host);
      return {
        ...attempt,
        end() {
          attempt.end();
          permit.release();
        },
      };
    };
    return { clock, events, enter };
  }

  it("close for the host that refuses and for no other", async () => {
    const { clock, events, enter } = setUpGates();
    const attempts = await Promise.all(Array.from({ length: 6 }, () => enter("busy")));
    await clock.advance(10);
    attempts[5]?.throttled("429");
    expect(events).toEqual([
      { type: "limit-changed", at: 10, from: 6, to: 5, governor: "throttle", reason: "busy: 429" },
    ]);
    let entered = false;
    const waiting = enter("busy").then((attempt) => {
      entered = true;
      return attempt;
    });
    attempts[0]?.end();
    await clock.advance(0);
    expect(entered).toBe(false);
    attempts[1]?.end();
    (await waiting).end();
    const healthy = await enter("healthy");
    healthy.succeeded();
    healthy.end();
    expect(events).toHaveLength(1);
  });

  it("judge a refusal by how many ran when it was spoken, not by how few are left when it arrives", async () => {
    const { clock, events, enter } = setUpGates();
    const attempts = await Promise.all(Array.from({ length: 5 }, () => enter("busy")));
    for (const attempt of attempts.slice(0, 4)) {
      attempt.succeeded();
      attempt.end();
    }
    await clock.advance(10);
    attempts[4]?.throttled("429");
    expect(events).toMatchObject([{ from: 5, to: 4 }]);
  });
});

describe("tasks under want of descriptors [R-REACTOR-20]", () => {
  const exhausted = () => new EdenError("DESCRIPTORS_EXHAUSTED", "EMFILE");
  function rules(set: ReturnType<typeof setUp>): TaskRules {
    return {
      limiter: set.limiter,
      clock: set.clock,
      signal: new AbortController().signal,
      retries: 0,
      timeoutMs: 0,
      kindOf: ({ code }) => (code === "DESCRIPTORS_EXHAUSTED" ? "exhausted" : "permanent"),
      control: set.control,
      emit: (event) => set.events.push(event),
      random: () => 0.5,
    };
  }

  it("are queued again without spending a retry until they get through: none is lost", async () => {
    const set = setUp();
    let running = 0;
    const tasks = Array.from({ length: 40 }, (_, n): Task<number> => ({
      key: String(n),
      priority: 0,
      async run() {
        running++;
        try {
          if (running > 3) throw exhausted();
          await set.clock.sleep(10);
          return n;
        } finally {
          running--;
        }
      },
    }));
    const outcomes = runTasks(tasks, rules(set));
    await set.clock.advance(60_000);
    expect((await outcomes).map((outcome) => (outcome.status === "done" ? outcome.value : outcome))).toEqual(
      tasks.map((_, n) => n),
    );
    expect(set.limiter.maxPermits).toBeLessThan(10);
    expect(set.events.filter((event) => event.type === "task-again").every(({ kind }) => kind === "requeued")).toBe(
      true,
    );
  });

  it("give up, with a clear failure and never a hang, once they failed alone several times", async () => {
    const set = setUp();
    let attempts = 0;
    const task: Task<never> = {
      key: "starved",
      priority: 0,
      async run() {
        attempts++;
        throw exhausted();
      },
    };
    const outcomes = runTasks([task], rules(set));
    await set.clock.advance(60_000);
    expect(await outcomes).toMatchObject([
      { status: "failed", attempts: MOST_STARVED, error: { code: "DESCRIPTORS_EXHAUSTED" } },
    ]);
    expect(attempts).toBe(MOST_STARVED);
  });

  it.each([
    ["had begun before it", true],
    ["began after it", false],
  ])("are not hopeless when a neighbour that %s has ended just before they fail", async (_, before) => {
    const set = setUp({ permits: 2 });
    const begin = () => set.limiter.acquire({ priority: 0, index: 9 });
    let neighbour = before ? begin() : null;
    let attempts = 0;
    const task: Task<string> = {
      key: "starved",
      priority: 0,
      async run() {
        if (attempts++ >= 3 * MOST_STARVED) return "done";
        const permit = await (neighbour ?? begin());
        permit.release();
        throw exhausted();
      },
    };
    const emit: TaskRules["emit"] = ({ type }) => {
      if (before && type === "task-again") neighbour = begin();
    };
    const control = { gates: null, completed() {}, exhausted() {} };
    const outcomes = runTasks([task], { ...rules(set), control, emit });
    await set.clock.advance(60_000);
    expect(await outcomes).toMatchObject([{ status: "done", attempts: 3 * MOST_STARVED + 1 }]);
  });

  it("know the system's own errors, too", async () => {
    const set = setUp();
    let first = true;
    const task: Task<string> = {
      key: "raw",
      priority: 0,
      async run() {
        if (!first) return "done";
        first = false;
        throw Object.assign(new Error("open"), { code: "EMFILE" });
      },
    };
    const outcomes = runTasks([task], rules(set));
    await set.clock.advance(1000);
    expect(await outcomes).toMatchObject([{ status: "done", attempts: 2 }]);
  });
});
