import { describe, expect, it } from "vitest";
import { EdenError } from "../../src/errors.js";
import type { ReactorEvent } from "../../src/reactor/events.js";
import { HostGates, type HostAttempt } from "../../src/reactor/host-gates.js";
import { Limiter } from "../../src/reactor/limiter.js";
import { runTasks } from "../../src/reactor/run-tasks.js";
import type { Task, TaskRules } from "../../src/reactor/task.js";
import { VirtualClock } from "../system/virtual-clock.js";

const PLACE = { priority: 0, index: 0 };

function setUp() {
  const clock = new VirtualClock();
  const events: ReactorEvent[] = [];
  const gates = new HostGates(clock, (event) => events.push(event));
  const enter = async (host = "busy") => {
    const permit = await gates.acquire(host, PLACE, new AbortController().signal);
    const attempt = gates.begin(host);
    return { ...attempt, end: () => (attempt.end(), permit.release()) };
  };
  const rules: TaskRules = {
    limiter: new Limiter(10),
    clock,
    signal: new AbortController().signal,
    retries: 0,
    timeoutMs: 0,
    kindOf: ({ code }) => (code === "FETCH_THROTTLED" ? "throttled" : "permanent"),
    control: { gates, completed() {}, exhausted() {} },
    emit: (event) => events.push(event),
    random: () => 0.5,
  };
  const limits = () =>
    events.flatMap((event) => (event.type === "limit-changed" ? [[event.from, event.to, event.reason]] : []));
  return { clock, gates, enter, rules, limits };
}

describe("the gate of a host [R-REACTOR-23]", () => {
  it("counts only attempts that run", async () => {
    const { clock, enter, limits } = setUp();
    for (const attempt of await Promise.all([enter(), enter(), enter()])) attempt.end();
    const [one] = await Promise.all([enter(), enter()]);
    await clock.advance(10);
    one?.throttled("429");
    expect(limits()).toEqual([[2, 1, "busy: 429"]]);
  });

  it("changes once for a wave of refusals", async () => {
    const { clock, enter, limits } = setUp();
    const attempts = await Promise.all(Array.from({ length: 6 }, () => enter()));
    await clock.advance(10);
    for (const attempt of attempts) attempt.throttled("429");
    expect(limits()).toEqual([[6, 5, "busy: 429"]]);
  });

  it("opens by one while the host serves, and lets in who waits", async () => {
    const { clock, enter, limits } = setUp();
    const attempts = await Promise.all(Array.from({ length: 3 }, () => enter()));
    await clock.advance(10);
    attempts[0]?.throttled("429");
    let entered = false;
    const waiting = enter().then((attempt) => {
      entered = true;
      return attempt;
    });
    attempts[0]?.end();
    await clock.advance(40_000);
    expect(entered).toBe(false);
    for (let served = 0; served < 4; served++) attempts[1]?.succeeded();
    await clock.advance(0);
    expect([entered, limits()]).toEqual([
      true,
      [
        [3, 2, "busy: 429"],
        [2, 3, "busy: served without a refusal"],
      ],
    ]);
    (await waiting).end();
  });
});

describe("tasks at a host [R-REACTOR-23]", () => {
  const task = (key: string, run: Task<string>["run"], host?: string): Task<string> => ({
    key,
    priority: 0,
    run,
    ...(host !== undefined && { host }),
  });

  it("give its permits back, with any outcome, and report refusals and services to its gate", async () => {
    const { clock, rules, gates } = setUp();
    const told: string[] = [];
    const begin = (host: string): HostAttempt => ({
      throttled: (reason) => void told.push(`${host} throttled ${reason}`),
      succeeded: () => void told.push(`${host} succeeded`),
      end: () => void told.push(`${host} ended`),
    });
    let held = 0;
    const acquire = async (host: string) => {
      told.push(`${host} entered`);
      held++;
      return { release: () => void held-- };
    };
    const control = { gates: Object.assign(gates, { acquire, begin }), completed() {}, exhausted() {} };
    const failsOnce = (code: string) => {
      let attempts = 0;
      return async () => {
        if (attempts++ === 0) throw new EdenError(code, code);
        return "done";
      };
    };
    const tasks = [
      task("1", async () => "done", "a"),
      task("2", failsOnce("FETCH_THROTTLED"), "b"),
      task("3", failsOnce("OTHER"), "c"),
    ];
    const running = runTasks(tasks, { ...rules, limiter: new Limiter(1), control });
    await clock.run();
    expect((await running).map(({ status }) => status)).toEqual(["done", "done", "failed"]);
    expect(held).toBe(0);
    expect(told.filter((line) => !line.endsWith("entered"))).toEqual([
      "a succeeded",
      "a ended",
      "b throttled FETCH_THROTTLED",
      "b ended",
      "c ended",
      "b succeeded",
      "b ended",
    ]);
    expect(told.filter((line) => line.endsWith("entered"))).toEqual(
      ["a", "b", "c", "b"].map((host) => `${host} entered`),
    );
  });

  it("need no gate: without a host, without a control, and without gates", async () => {
    const { rules, gates } = setUp();
    const refuse = () => expect.unreachable();
    const closed = { gates: Object.assign(gates, { acquire: refuse, begin: refuse }), completed() {}, exhausted() {} };
    const { control: _, ...alone } = rules;
    const run = async () => "done";
    expect(await runTasks([task("1", run)], { ...rules, control: closed })).toMatchObject([{ status: "done" }]);
    expect(await runTasks([task("2", run, "a")], alone)).toMatchObject([{ status: "done" }]);
    const without = { gates: null, completed() {}, exhausted() {} };
    expect(await runTasks([task("3", run, "a")], { ...rules, control: without })).toMatchObject([{ status: "done" }]);
  });

  it("tell the control only of failures that it has to know", async () => {
    const { rules } = setUp();
    const exhausted: string[] = [];
    const control = {
      gates: null,
      completed() {},
      exhausted: (_: number, cause: string) => void exhausted.push(cause),
    };
    const fails = async () => {
      throw new EdenError("OTHER", "other");
    };
    await runTasks([task("1", fails)], { ...rules, control });
    expect(exhausted).toEqual([]);
  });
});
