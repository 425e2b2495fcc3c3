import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import type * as Fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** Syncs that began; each ends when its function is called. */
const begun: (() => void)[] = [];
vi.mock("node:fs", async (original) => ({
  ...(await original<typeof Fs>()),
  fsync: (_descriptor: number, done: (error: null) => void) => begun.push(() => done(null)),
}));
const { flushTogether } = await import("../../src/system/flush.js");

const turn = async () => await new Promise((resolve) => setImmediate(resolve));

let directory: string;
beforeEach(() => {
  begun.length = 0;
  directory = mkdtempSync(join(tmpdir(), "eden-flush-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("flushTogether [R-STORE-20]", () => {
  it("syncs once for all that ask before the sync begins", async () => {
    const all = Promise.all([flushTogether(directory), flushTogether(directory), flushTogether(directory)]);
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.();
    await all;
  });

  it("syncs once more, afterwards, for those that ask while one is running", async () => {
    const first = flushTogether(directory);
    await turn();
    let isServed = false;
    const later = [flushTogether(directory), flushTogether(directory).then(() => (isServed = true))];
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.();
    await first;
    await turn();
    expect([begun.length, isServed]).toEqual([2, false]);
    begun[1]?.();
    await Promise.all(later);
    const again = flushTogether(directory);
    await turn();
    expect(begun).toHaveLength(3);
    begun[2]?.();
    await again;
  });

  it("fails all that asked for a sync that failed, and no later one", async () => {
    rmSync(directory, { recursive: true });
    const results = await Promise.allSettled([flushTogether(directory), flushTogether(directory)]);
    expect(results).toMatchObject([
      { status: "rejected", reason: { code: "FILE_FAILED", facts: { path: directory } } },
      { status: "rejected", reason: { code: "FILE_FAILED", facts: { path: directory } } },
    ]);
    mkdirSync(directory);
    const next = flushTogether(directory);
    await turn();
    begun[0]?.();
    await next;
  });

  it("does not wait for another directory", async () => {
    const other = join(directory, "other");
    mkdirSync(other);
    const both = Promise.all([flushTogether(directory), flushTogether(other)]);
    await turn();
    expect(begun).toHaveLength(2);
    for (const end of begun) end();
    await both;
  });
});
