import { setMaxListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Limiter, type Permit } from "../../src/reactor/limiter.js";
import { settled } from "../system/virtual-clock.js";

const place = (index: number, priority = 0) => ({ index, priority });

/** Asks for a permit and notes in `order` when it is granted. */
function ask(limiter: Limiter, name: string, order: string[], at = place(0), signal?: AbortSignal): Promise<Permit> {
  const permit = limiter.acquire(at, signal);
  permit.then(
    () => order.push(name),
    () => order.push(`${name} rejected`),
  );
  return permit;
}

describe("Limiter", () => {
  it.each([
    [1, 1],
    [7, 7],
    [2.9, 2],
    [0, 1],
    [-5, 1],
    [0.5, 1],
  ])("[R-REACTOR-04] made with %d holds %d permits, never fewer than one", (asked, held) => {
    const limiter = new Limiter(asked);
    expect([limiter.maxPermits, limiter.availablePermits, limiter.inUse, limiter.waiting]).toEqual([held, held, 0, 0]);
  });

  it("[R-REACTOR-01] grants as many permits as its limit and lets the next one wait until one is released", async () => {
    const limiter = new Limiter(2);
    const order: string[] = [];
    const first = await ask(limiter, "a", order, place(0));
    await ask(limiter, "b", order, place(1));
    void ask(limiter, "c", order, place(2));
    await settled();
    expect(order).toEqual(["a", "b"]);
    expect([limiter.inUse, limiter.availablePermits, limiter.waiting]).toEqual([2, 0, 1]);
    first.release();
    await settled();
    expect(order).toEqual(["a", "b", "c"]);
    expect([limiter.inUse, limiter.availablePermits, limiter.waiting]).toEqual([2, 0, 0]);
  });

  it("[R-REACTOR-01] takes a permit back once, however often it is released", async () => {
    const limiter = new Limiter(1);
    const order: string[] = [];
    const first = await limiter.acquire(place(0));
    void ask(limiter, "b", order, place(1));
    void ask(limiter, "c", order, place(2));
    first.release();
    first.release();
    first.release();
    await settled();
    expect(order).toEqual(["b"]);
    expect([limiter.inUse, limiter.availablePermits, limiter.waiting]).toEqual([1, 0, 1]);
  });

  it("[R-REACTOR-02] grants the highest priority first, then the lowest index, whatever the order of asking", async () => {
    const limiter = new Limiter(1);
    const order: string[] = [];
    const held = await limiter.acquire(place(99));
    const waiters: [string, number, number][] = [
      ["low-3", 3, -1],
      ["normal-5", 5, 0],
      ["high-9", 9, 10],
      ["normal-2", 2, 0],
      ["high-4", 4, 10],
      ["low-1", 1, -1],
      ["normal-4", 4, 0],
    ];
    const permits = waiters.map(([name, index, priority]) => ask(limiter, name, order, place(index, priority)));
    held.release();
    for (const permit of permits) void permit.then((granted) => granted.release());
    await settled();
    expect(order).toEqual(["high-4", "high-9", "normal-2", "normal-4", "normal-5", "low-1", "low-3"]);
    expect([limiter.inUse, limiter.waiting]).toEqual([0, 0]);
  });

  it("[R-REACTOR-02] keeps the order of asking among equals", async () => {
    const limiter = new Limiter(1);
    const order: string[] = [];
    const held = await limiter.acquire(place(0));
    for (const name of ["a", "b", "c"]) void ask(limiter, name, order, place(1, 1)).then((permit) => permit.release());
    held.release();
    await settled();
    expect(order).toEqual(["a", "b", "c"]);
  });

  it("[R-REACTOR-02] does not let a newcomer overtake those that wait when a permit comes free", async () => {
    const limiter = new Limiter(1);
    const order: string[] = [];
    const held = await limiter.acquire(place(0));
    const waiting = ask(limiter, "waiting", order, place(1));
    held.release();
    void ask(limiter, "newcomer", order, place(0, 100));
    await settled();
    expect(order).toEqual(["waiting"]);
    (await waiting).release();
    await settled();
    expect(order).toEqual(["waiting", "newcomer"]);
  });

  it("[R-REACTOR-04] drains a surplus instead of revoking it, and grants again only below the new limit", async () => {
    const limiter = new Limiter(3);
    const order: string[] = [];
    const held = await Promise.all([0, 1, 2].map((index) => limiter.acquire(place(index))));
    void ask(limiter, "next", order, place(3));
    expect(limiter.reducePermits(2)).toBe(2);
    expect([limiter.maxPermits, limiter.inUse, limiter.availablePermits]).toEqual([1, 3, 0]);
    held[0]?.release();
    held[1]?.release();
    await settled();
    expect([order, limiter.inUse]).toEqual([[], 1]);
    held[2]?.release();
    await settled();
    expect([order, limiter.inUse]).toEqual([["next"], 1]);
  });

  it.each([
    [5, 2, 2, 3],
    [5, 4, 4, 1],
    [5, 5, 4, 1],
    [5, 99, 4, 1],
    [1, 1, 0, 1],
    [5, 0, 0, 5],
    [5, -3, 0, 5],
    [5, 1.9, 1, 4],
  ])("[R-REACTOR-04] of %d permits reduced by %d takes %d and keeps %d", (start, by, taken, left) => {
    const limiter = new Limiter(start);
    expect(limiter.reducePermits(by)).toBe(taken);
    expect(limiter.maxPermits).toBe(left);
  });

  it.each([
    [2, 2, 4],
    [1, 0, 1],
    [1, -4, 1],
    [1, 1.9, 2],
  ])("[R-REACTOR-04] of %d permits raised by %d has %d", (start, by, held) => {
    const limiter = new Limiter(start);
    limiter.addPermits(by);
    expect(limiter.maxPermits).toBe(held);
  });

  it("[R-REACTOR-04] lets in as many waiters as permits are added", async () => {
    const limiter = new Limiter(1);
    const order: string[] = [];
    await limiter.acquire(place(0));
    for (const index of [1, 2, 3]) void ask(limiter, String(index), order, place(index));
    limiter.addPermits(2);
    await settled();
    expect([order, limiter.inUse, limiter.waiting]).toEqual([["1", "2"], 3, 1]);
  });

  it("[R-REACTOR-04] adds permits to a draining limit without granting beyond it", async () => {
    const limiter = new Limiter(4);
    const order: string[] = [];
    const held = await Promise.all([0, 1, 2, 3].map((index) => limiter.acquire(place(index))));
    void ask(limiter, "next", order, place(4));
    limiter.reducePermits(3);
    limiter.addPermits(1);
    await settled();
    expect([order, limiter.maxPermits, limiter.inUse]).toEqual([[], 2, 4]);
    held[0]?.release();
    held[1]?.release();
    await settled();
    expect([order, limiter.inUse]).toEqual([[], 2]);
    held[2]?.release();
    await settled();
    expect([order, limiter.inUse]).toEqual([["next"], 2]);
  });

  it("[R-REACTOR-10] rejects with the reason of a signal that was aborted before, and takes no permit", async () => {
    const limiter = new Limiter(1);
    const reason = new Error("no more");
    await expect(limiter.acquire(place(0), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect([limiter.inUse, limiter.waiting]).toEqual([0, 0]);
  });

  it("[R-REACTOR-10] rejects who waits with the reason of its signal and forgets its place", async () => {
    const limiter = new Limiter(1);
    const order: string[] = [];
    const held = await limiter.acquire(place(0));
    const abort = new AbortController();
    const gone = limiter.acquire(place(1), abort.signal);
    void ask(limiter, "kept", order, place(2));
    const reason = new Error("enough");
    abort.abort(reason);
    abort.abort(new Error("a second time"));
    await expect(gone).rejects.toBe(reason);
    expect(limiter.waiting).toBe(1);
    held.release();
    await settled();
    expect([order, limiter.inUse, limiter.waiting]).toEqual([["kept"], 1, 0]);
  });

  it("[R-REACTOR-03] leaves a permit alone that was granted before its signal is aborted", async () => {
    const limiter = new Limiter(1);
    const abort = new AbortController();
    const pending = limiter.acquire(place(0), abort.signal);
    abort.abort();
    const permit = await pending;
    expect([limiter.inUse, limiter.waiting]).toEqual([1, 0]);
    permit.release();
    expect(limiter.inUse).toBe(0);
  });

  it("[R-REACTOR-10] still refuses who waits when another waiter of the same signal has its permit", async () => {
    const limiter = new Limiter(1);
    const abort = new AbortController();
    const first = await limiter.acquire({ priority: 0, index: 0 });
    const [second, third] = [1, 2].map((index) => limiter.acquire({ priority: 0, index }, abort.signal));
    first.release();
    await second;
    expect(limiter.granted).toBe(2);
    abort.abort(new Error("enough"));
    await expect(third).rejects.toThrow("enough");
    expect(limiter.waiting).toBe(0);
  });

  it("[R-REACTOR-03] settles every waiter of one shared signal", async () => {
    const limiter = new Limiter(1);
    await limiter.acquire(place(0));
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    const waiters = Array.from({ length: 50 }, (_, index) => limiter.acquire(place(index), abort.signal));
    abort.abort(new Error("all"));
    const results = await Promise.allSettled(waiters);
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => "rejected"));
    expect([limiter.inUse, limiter.waiting]).toEqual([1, 0]);
  });

  it("[R-REACTOR-10] leaves no listener on a signal once the permit is granted", async () => {
    const limiter = new Limiter(1);
    const signal = new CountingSignal();
    const held = await limiter.acquire(place(0), signal.asSignal());
    expect(signal.listeners).toBe(0);
    const second = limiter.acquire(place(1), signal.asSignal());
    expect(signal.listeners).toBe(1);
    held.release();
    await second;
    expect(signal.listeners).toBe(0);
  });

  it("[R-REACTOR-01] [R-REACTOR-02] [R-REACTOR-03] [R-REACTOR-04] never loses or invents a permit in any interleaving", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), async (start, steps) => {
        await compareWithModel(start, steps);
      }),
      { numRuns: 150 },
    );
  });
});

/** An AbortSignal that counts who listens. */
class CountingSignal extends EventTarget {
  listeners = 0;
  readonly aborted = false;
  throwIfAborted(): void {}
  override addEventListener(...given: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners++;
    super.addEventListener(...given);
  }
  override removeEventListener(...given: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners--;
    super.removeEventListener(...given);
  }
  asSignal(): AbortSignal {
    return this as unknown as AbortSignal;
  }
}

type Step =
  | { do: "acquire"; priority: number; index: number }
  | { do: "release"; which: number }
  | { do: "abort"; which: number }
  | { do: "reduce"; by: number }
  | { do: "add"; by: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("acquire" as const),
      priority: fc.integer({ min: -1, max: 1 }),
      index: fc.integer({ min: 0, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("release" as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("abort" as const), which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("reduce" as const, "add" as const),
      by: fc.integer({ min: -1, max: 4 }),
    }),
  },
);

interface Asker {
  place: { priority: number; index: number };
  asked: number;
  abort: AbortController;
  state: "waiting" | "granted" | "rejected" | "released";
  permit: Permit | null;
}

/** Plays the steps on a limiter and on the plainest thing that could be right, and compares after each. */
async function compareWithModel(start: number, steps: readonly Step[]): Promise<void> {
  const limiter = new Limiter(start);
  let limit = start;
  const askers: Asker[] = [];
  const expected: Asker["state"][] = [];
  const out = () => expected.filter((state) => state === "granted").length;
  const grant = () => {
    for (;;) {
      const next = askers
        .filter(({ asked }) => expected[asked] === "waiting")
        .toSorted(
          (a, b) => b.place.priority - a.place.priority || a.place.index - b.place.index || a.asked - b.asked,
        )[0];
      if (next === undefined || out() >= limit) return;
      expected[next.asked] = "granted";
    }
  };
  const apply = (one: Step) => {
    if (one.do === "acquire") {
      const asker: Asker = {
        place: one,
        asked: askers.length,
        abort: new AbortController(),
        state: "waiting",
        permit: null,
      };
      askers.push(asker);
      limiter.acquire(one, asker.abort.signal).then(
        (permit) => Object.assign(asker, { state: "granted", permit }),
        () => Object.assign(asker, { state: "rejected" }),
      );
      expected.push("waiting");
    } else if (one.do === "reduce") {
      const taken = limit - Math.max(1, limit - Math.max(0, one.by));
      expect(limiter.reducePermits(one.by)).toBe(taken);
      limit -= taken;
    } else if (one.do === "add") {
      limiter.addPermits(one.by);
      limit += Math.max(0, one.by);
    } else {
      const asker = askers[one.which % Math.max(1, askers.length)];
      if (asker === undefined) return;
      if (one.do === "abort") {
        asker.abort.abort(new Error("aborted"));
        if (expected[asker.asked] === "waiting") expected[asker.asked] = "rejected";
      } else if (asker.permit !== null) {
        asker.permit.release();
        asker.state = "released";
        expected[asker.asked] = "released";
      }
    }
    grant();
  };
  for (const one of steps) {
    const before = out();
    apply(one);
    await settled();
    expect(askers.map(({ state }) => state)).toEqual(expected);
    expect([limiter.maxPermits, limiter.inUse, limiter.waiting]).toEqual([
      limit,
      out(),
      expected.filter((state) => state === "waiting").length,
    ]);
    expect(limiter.availablePermits).toBe(Math.max(0, limit - out()));
    if (out() > before) expect(out()).toBeLessThanOrEqual(limit);
  }
  for (const asker of askers) asker.abort.abort(new Error("end"));
  for (;;) {
    await settled();
    const held = askers.filter(({ state }) => state === "granted");
    if (held.length === 0) break;
    for (const asker of held) {
      asker.permit?.release();
      asker.state = "released";
    }
  }
  expect(askers.filter(({ state }) => state === "waiting")).toEqual([]);
  expect([limiter.inUse, limiter.waiting]).toEqual([0, 0]);
}
