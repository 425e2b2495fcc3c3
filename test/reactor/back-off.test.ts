import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backOffMs, THROTTLED, TRANSIENT } from "../../src/reactor/back-off.js";

const NEARLY_ONE = 1 - Number.EPSILON;

describe("backOffMs", () => {
  it("[R-REACTOR-07] waits half a second at most after the first transient failure, and half a minute at most after many", () => {
    expect(TRANSIENT).toEqual({ firstMs: 500, mostMs: 30_000 });
  });

  it("[R-REACTOR-08] waits a second at most after the first throttled attempt, and a minute at most after many", () => {
    expect(THROTTLED).toEqual({ firstMs: 1_000, mostMs: 60_000 });
  });

  it.each([
    [TRANSIENT, 1, 500],
    [TRANSIENT, 2, 1_000],
    [TRANSIENT, 3, 2_000],
    [TRANSIENT, 6, 16_000],
    [TRANSIENT, 7, 30_000],
    [TRANSIENT, 5_000, 30_000],
    [THROTTLED, 1, 1_000],
    [THROTTLED, 6, 32_000],
    [THROTTLED, 7, 60_000],
    [THROTTLED, 0, 1_000],
    [THROTTLED, -4, 1_000],
  ])("[R-REACTOR-07] the ceiling of %j after %d failures is %d ms", (kind, failures, ceiling) => {
    expect(backOffMs(kind, failures, NEARLY_ONE)).toBe(ceiling);
    expect(backOffMs(kind, failures, 0.5)).toBe(ceiling / 2);
    expect(backOffMs(kind, failures, 0)).toBe(0);
  });

  it("[R-REACTOR-07] answers whole milliseconds", () => {
    expect(backOffMs(TRANSIENT, 1, 0.001)).toBe(1);
    expect(backOffMs(TRANSIENT, 1, 0.0009)).toBe(0);
  });

  it.each([
    [0, 1_500, 1_500],
    [0.5, 100, 500],
    [0.5, 500, 500],
    [0.5, 501, 501],
    [0.5, 59_999, 59_999],
    [0.5, 60_000, 60_000],
    [0.5, 60_001, 60_001],
    [0.5, 300_000, 300_000],
  ])("[R-REACTOR-08] with the jitter at %d and %d ms asked for it waits %d ms", (random, asked, waited) => {
    expect(backOffMs(THROTTLED, 1, random, asked)).toBe(waited);
  });

  it("[R-REACTOR-07] stays between nothing and the ceiling, and grows with the random number", () => {
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), unit, unit, (failures, a, b) => {
        const ceiling = Math.min(30_000, 500 * 2 ** (failures - 1));
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((random) => backOffMs(TRANSIENT, failures, random));
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(ceiling);
        expect(low).toBeLessThanOrEqual(high ?? 0);
      }),
    );
  });
});
