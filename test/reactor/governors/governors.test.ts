import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DescriptorsGovernor, QUIET_MS } from "../../../src/reactor/governors/descriptors.js";
import { within, type Sample } from "../../../src/reactor/governors/governor.js";
import { LoadGovernor, loadRule } from "../../../src/reactor/governors/load.js";
import { MemoryGovernor } from "../../../src/reactor/governors/memory.js";
import { ThroughputGovernor } from "../../../src/reactor/governors/throughput.js";
import { ThrottleGovernor } from "../../../src/reactor/governors/throttle.js";

const thresholds = { memoryHigh: 85, cpuLow: 40, cpuHigh: 80, queueLow: 2, queueHigh: 20 };

function sample(changes: Partial<Sample>): Sample {
  return { at: 0, cpuPercent: 50, memoryPercent: 50, queueDepth: 0, inFlight: 0, limit: 10, completed: 0, ...changes };
}

describe("the descriptors governor [R-REACTOR-20]", () => {
  it("cuts by a quarter, at least by one, down to 1", () => {
    const governor = new DescriptorsGovernor(20);
    const cuts = [20, 15, 12, 9, 7, 6, 5, 4, 3, 2, 1];
    for (let step = 0; step + 1 < cuts.length; step++) {
      expect(governor.exhausted(step * 10 + 5, step * 10 + 1, cuts[step] ?? 0, "EMFILE")).toEqual({
        governor: "descriptors",
        limit: cuts[step + 1],
        reason: "EMFILE",
      });
    }
    expect(governor.exhausted(1000, 999, 1, "EMFILE")).toBeNull();
    expect(governor.limit).toBe(1);
  });

  it("cuts once for a wave of failures that all began before the cut", () => {
    const governor = new DescriptorsGovernor(20);
    expect(governor.exhausted(100, 50, 20, "EMFILE")?.limit).toBe(15);
    for (const startedAt of [0, 50, 99]) expect(governor.exhausted(101, startedAt, 15, "EMFILE")).toBeNull();
    expect(governor.exhausted(120, 100, 15, "EMFILE")?.limit).toBe(12);
  });

  it("gives one permit back after each quiet spell, up to what was asked for", () => {
    const governor = new DescriptorsGovernor(4);
    governor.exhausted(1000, 900, 4, "EMFILE");
    expect(governor.limit).toBe(3);
    expect(governor.tick(1000 + QUIET_MS - 1)).toBeNull();
    expect(governor.tick(1000 + QUIET_MS)).toEqual({ governor: "descriptors", limit: 4, reason: "quiet for 2 s" });
    expect(governor.tick(1000 + 9 * QUIET_MS)).toBeNull();
  });

  it("counts the quiet from the last failure, also one of an old wave", () => {
    const governor = new DescriptorsGovernor(8);
    governor.exhausted(1000, 900, 8, "EMFILE");
    governor.exhausted(2000, 900, 6, "EMFILE");
    expect(governor.tick(1000 + QUIET_MS)).toBeNull();
    expect(governor.tick(2000 + QUIET_MS)?.limit).toBe(7);
    expect(governor.tick(2000 + QUIET_MS + 1)).toBeNull();
  });

  it("keeps a start-up clamp as its ceiling", () => {
    const governor = new DescriptorsGovernor(50);
    expect(governor.clamp(4, "64 open files")).toEqual({ governor: "descriptors", limit: 4, reason: "64 open files" });
    expect(governor.tick(100 * QUIET_MS)).toBeNull();
    expect(governor.limit).toBe(4);
  });
});

describe("the load governor [R-REACTOR-21]", () => {
  it.each<[Partial<Sample>, number]>([
    [{ memoryPercent: 86, cpuPercent: 10, queueDepth: 50 }, -2],
    [{ memoryPercent: 85, cpuPercent: 81, queueDepth: 1 }, -2],
    [{ cpuPercent: 80, queueDepth: 1 }, 0],
    [{ cpuPercent: 81, queueDepth: 2 }, 0],
    [{ cpuPercent: 39, queueDepth: 21 }, 4],
    [{ cpuPercent: 40, queueDepth: 21 }, 2],
    [{ cpuPercent: 39, queueDepth: 20 }, 2],
    [{ cpuPercent: 99, queueDepth: 6 }, 2],
    [{ cpuPercent: 50, queueDepth: 5 }, 0],
  ])("by the first rule that applies: %o changes the limit by %i", (changes, change) => {
    expect(loadRule(thresholds, sample(changes)).change).toBe(change);
  });

  it("brakes from the limit in force, stays within its bounds, and lets go again", () => {
    const governor = new LoadGovernor(thresholds, { minimum: 7, ceiling: 20 });
    expect(governor.limit).toBe(20);
    expect(governor.observe(sample({ memoryPercent: 90, limit: 10 }))).toEqual({
      governor: "load",
      limit: 8,
      reason: "memory 90 %",
    });
    expect(governor.observe(sample({ memoryPercent: 90, limit: 8 }))?.limit).toBe(7);
    expect(governor.observe(sample({ memoryPercent: 90, limit: 7 }))).toBeNull();
    expect(governor.observe(sample({ cpuPercent: 10, queueDepth: 30, limit: 7 }))).toEqual({
      governor: "load",
      limit: 11,
      reason: "cpu 10 %, queue 30",
    });
    for (let n = 0; n < 10; n++) governor.observe(sample({ queueDepth: 6 }));
    expect(governor.limit).toBe(20);
  });
});

describe("the memory governor [R-REACTOR-22]", () => {
  it("takes two above the mark, gives one back well below it, and does nothing between", () => {
    const governor = new MemoryGovernor(85, { minimum: 1, ceiling: 10 });
    expect(governor.observe(sample({ memoryPercent: 85, limit: 10 }))).toBeNull();
    expect(governor.observe(sample({ memoryPercent: 85.6, limit: 10 }))).toEqual({
      governor: "memory",
      limit: 8,
      reason: "memory 86 %",
    });
    expect(governor.observe(sample({ memoryPercent: 80, limit: 8 }))).toBeNull();
    expect(governor.observe(sample({ memoryPercent: 79, limit: 8 }))?.limit).toBe(9);
    expect(governor.observe(sample({ memoryPercent: 95, limit: 4 }))?.limit).toBe(2);
    expect(governor.observe(sample({ memoryPercent: 95, limit: 2 }))?.limit).toBe(1);
    expect(governor.observe(sample({ memoryPercent: 95, limit: 1 }))).toBeNull();
    expect(governor.limit).toBe(1);
  });
});

describe("the throttle governor of a host [R-REACTOR-23]", () => {
  it("is open until the host refuses, halves while far above, takes one when near", () => {
    const governor = new ThrottleGovernor();
    expect(governor.limit).toBeNull();
    expect(governor.succeeded(0)).toBeNull();
    expect(governor.throttled(100, 20)).toBe(10);
    expect(governor.throttled(101, 20)).toBeNull();
    expect(governor.throttled(200, 10)).toBe(5);
    expect(governor.throttled(300, 5)).toBe(4);
    expect(governor.limit).toBe(4);
  });

  it("is not lowered by refusals for which what was under way before the cut is to blame", () => {
    const governor = new ThrottleGovernor();
    expect(governor.throttled(0, 8)).toBe(4);
    for (const inFlight of [8, 7, 6, 5]) expect(governor.throttled(100, inFlight)).toBeNull();
    expect(governor.throttled(200, 4)).toBe(3);
  });

  it("never goes below 1, and tells no change that is none", () => {
    const governor = new ThrottleGovernor();
    expect(governor.throttled(10, 1)).toBe(1);
    expect(governor.throttled(30, 1)).toBeNull();
    expect(governor.limit).toBe(1);
  });

  it("grows by one after two rounds without a refusal, but not up to what was refused within half a minute", () => {
    const governor = new ThrottleGovernor();
    governor.throttled(0, 6);
    expect(governor.limit).toBe(5);
    const serve = (count: number, at: number) =>
      Array.from({ length: count }, () => governor.succeeded(at)).findLast(Boolean) ?? null;
    expect(serve(30, 1000)).toBeNull();
    expect(governor.throttled(2000, 5)).toBe(4);
    expect(serve(7, 3000)).toBeNull();
    expect(serve(1, 3000)).toBeNull();
    expect(serve(8, 31_999)).toBeNull();
    expect(serve(8, 32_000)).toBe(5);
  });

  it("a refusal starts the count of successes anew", () => {
    const governor = new ThrottleGovernor();
    governor.throttled(0, 40);
    expect(governor.limit).toBe(20);
    for (let n = 0; n < 39; n++) expect(governor.succeeded(1)).toBeNull();
    // One more of the same wave: it changes nothing but the count.
    expect(governor.throttled(2, 40)).toBeNull();
    for (let n = 0; n < 39; n++) expect(governor.succeeded(3)).toBeNull();
    expect(governor.succeeded(3)).toBe(21);
  });
});

describe("the throughput governor [R-REACTOR-24]", () => {
  const bounds = { minimum: 1, ceiling: 100 };
  const busy = (changes: Partial<Sample>) => sample({ queueDepth: 80, inFlight: 10, limit: 10, ...changes });

  it("grows in proportion to the idle processor, at most fourfold, while tasks queue", () => {
    expect(new ThroughputGovernor(10, bounds).observe(busy({ cpuPercent: 50 }))).toEqual({
      governor: "throughput",
      limit: 23,
      reason: "cpu 50 %, queue 80",
    });
    expect(new ThroughputGovernor(10, bounds).observe(busy({ cpuPercent: 0 }))?.limit).toBe(40);
    expect(new ThroughputGovernor(10, bounds).observe(busy({ cpuPercent: 84 }))?.limit).toBe(14);
    expect(new ThroughputGovernor(10, bounds).observe(busy({ cpuPercent: 85 }))).toBeNull();
    expect(new ThroughputGovernor(10, bounds).observe(busy({ cpuPercent: 10, queueDepth: 0 }))).toBeNull();
    expect(new ThroughputGovernor(10, bounds).observe(busy({ cpuPercent: 10, inFlight: 9 }))).toBeNull();
    expect(new ThroughputGovernor(10, bounds).observe(busy({ cpuPercent: 10, limit: 5, inFlight: 5 }))).toBeNull();
  });

  it("asks for no more than there are tasks, and stays within its bounds", () => {
    expect(new ThroughputGovernor(10, bounds).observe(busy({ cpuPercent: 10, queueDepth: 3 }))?.limit).toBe(13);
    expect(new ThroughputGovernor(10, { minimum: 1, ceiling: 12 }).observe(busy({ cpuPercent: 10 }))?.limit).toBe(12);
    expect(new ThroughputGovernor(200, { minimum: 1, ceiling: 12 }).limit).toBe(12);
  });

  it("takes a step back that made the rate fall, and stays there", () => {
    const governor = new ThroughputGovernor(10, bounds);
    governor.observe(busy({ at: 0, cpuPercent: 95, completed: 0 }));
    expect(governor.observe(busy({ at: 1000, cpuPercent: 95, completed: 20 }))).toBeNull();
    governor.observe(busy({ at: 1000, cpuPercent: 70, completed: 20 }));
    expect(governor.limit).toBe(17);
    expect(governor.observe(busy({ at: 3000, cpuPercent: 95, completed: 40, limit: 17, inFlight: 17 }))).toEqual({
      governor: "throughput",
      limit: 10,
      reason: "10.0 a second, 20.0 before",
    });
    expect(governor.observe(busy({ at: 4000, cpuPercent: 10, completed: 60 }))).toBeNull();
    expect(governor.limit).toBe(10);
  });

  it("judges by no less than one completion for each task in flight, and not by a small loss", () => {
    const governor = new ThroughputGovernor(10, bounds);
    const look = (at: number, completed: number, cpuPercent = 95, limit = governor.limit) =>
      governor.observe(busy({ at, cpuPercent, completed, limit, inFlight: limit }));
    look(0, 0);
    look(1000, 20);
    look(1000, 20, 70);
    expect(governor.limit).toBe(17);
    // Sixteen in four seconds would be a fall, but the wave is not over.
    expect(look(5000, 36)).toBeNull();
    expect(look(5001, 90)).toBeNull();
    expect(look(6001, 90 + 15)).toBeNull();
    expect(look(6101, 90 + 18)).toBeNull();
    expect(governor.limit).toBe(17);
  });
});

describe("every governor", () => {
  it("stays within its bounds whatever it is shown [R-REACTOR-21] [R-REACTOR-22] [R-REACTOR-24]", () => {
    const anySample = fc.record({
      at: fc.nat(100_000),
      cpuPercent: fc.double({ min: 0, max: 100, noNaN: true }),
      memoryPercent: fc.double({ min: 0, max: 100, noNaN: true }),
      queueDepth: fc.nat(200),
      inFlight: fc.nat(100),
      limit: fc.integer({ min: 1, max: 100 }),
      completed: fc.nat(1000),
    });
    fc.assert(
      fc.property(
        fc.array(anySample, { maxLength: 60 }),
        fc.integer({ min: 1, max: 10 }),
        fc.nat(90),
        (samples, minimum, more) => {
          const bounds = { minimum, ceiling: minimum + more };
          const governors = [
            new LoadGovernor(thresholds, bounds),
            new MemoryGovernor(85, bounds),
            new ThroughputGovernor(10, bounds),
          ];
          for (const one of samples) {
            for (const governor of governors) {
              const before = governor.limit;
              const verdict = governor.observe(one);
              expect(governor.limit).toBe(within(bounds, governor.limit));
              expect(verdict === null ? before : verdict.limit).toBe(governor.limit);
            }
          }
        },
      ),
    );
  });
});
