import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { attempt } from "../../src/reactor/attempt.js";
import { Limiter } from "../../src/reactor/limiter.js";
import { runTasks } from "../../src/reactor/run-tasks.js";
import { asEdenError } from "../../src/reactor/task-failure.js";
import type { Task, TaskRules } from "../../src/reactor/task.js";
import { VirtualClock } from "../system/virtual-clock.js";

function rules(signal: AbortSignal, changes: Partial<TaskRules> = {}): TaskRules {
  return {
    limiter: new Limiter(2),
    clock: new VirtualClock(),
    signal,
    retries: 0,
    timeoutMs: 60_000,
    kindOf: () => "permanent",
    emit() {},
    random: () => 0.5,
    ...changes,
  };
}

/** Runs until it is aborted. */
const endless: Task<never> = {
  key: "endless",
  priority: 0,
  run: async (signal) =>
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
};

describe("an attempt with a timeout", () => {
  it("[R-REACTOR-10] is aborted with the run, for the same reason, and leaves no listener", async () => {
    const run = new AbortController();
    const running = attempt(endless, rules(run.signal));
    expect(getEventListeners(run.signal, "abort")).toHaveLength(1);
    run.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    const other = new AbortController();
    await attempt({ ...endless, run: async () => "done" }, rules(other.signal));
    expect(getEventListeners(other.signal, "abort")).toHaveLength(0);
  });

  it("[R-REACTOR-09] says how long it had, and how it can have longer", async () => {
    const clock = new VirtualClock();
    const running = attempt(endless, rules(new AbortController().signal, { clock, timeoutMs: 1500 }));
    const failure = expect(running).rejects.toMatchObject({
      code: "FETCH_TIMEOUT",
      message: "not done within 1.5 s",
      facts: { stage: "fetch", hint: "Raise [reactor] timeout." },
    });
    await clock.advance(1500);
    await failure;
  });
});

describe("a task", () => {
  it("[R-REACTOR-26] of its own signal is cancelled alone", async () => {
    const own = new AbortController();
    const clock = new VirtualClock();
    const other: Task<string> = {
      key: "other",
      priority: 0,
      run: async () => {
        own.abort(new Error("this one"));
        await clock.sleep(10);
        return "done";
      },
    };
    const outcomes = runTasks<string>(
      [{ ...endless, signal: own.signal }, other],
      rules(new AbortController().signal, { clock }),
    );
    await clock.advance(10);
    expect(await outcomes).toMatchObject([{ status: "cancelled" }, { status: "done", value: "done" }]);
  });

  it("[R-REACTOR-06] fails when nobody can be told that it starts, and gives its permit back", async () => {
    const limiter = new Limiter(1);
    const emit: TaskRules["emit"] = ({ type }) => {
      if (type === "task-started") throw new Error("no listener");
    };
    const task = { ...endless, run: async () => "never" };
    const outcomes = await runTasks([task], rules(new AbortController().signal, { limiter, emit }));
    expect(outcomes).toMatchObject([{ status: "failed", error: { code: "INTERNAL", message: /no listener/u } }]);
    expect(limiter.inUse).toBe(0);
  });

  it("[R-SYSTEM-05] that meets an error of the file system fails with its code", () => {
    const system = (code: string) =>
      Object.assign(new Error(`${code}: it failed, open '/x'`), { code, errno: -1, syscall: "open", path: "/x" });
    expect(asEdenError(system("EACCES"))).toMatchObject({ code: "PERMISSION_DENIED", facts: { path: "/x" } });
    expect(asEdenError(system("EMFILE"))).toMatchObject({ code: "DESCRIPTORS_EXHAUSTED" });
    expect(asEdenError(new Error("else"))).toMatchObject({ code: "INTERNAL" });
  });
});
