import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { flushTogether } from "../../src/system/flush.js";

/** Syncs that began; each ends when its function is called. */
const begun: (() => void)[] = [];
const sync = async () => await new Promise<void>((resolve) => void begun.push(resolve));
const together = async (path: string) => await flushTogether(path, sync);

const turn = async () => await new Promise((resolve) => setImmediate(resolve));

let directory: string;
beforeEach(() => {
  begun.length = 0;
  directory = mkdtempSync(join(tmpdir(), "eden-flush-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("flushTogether [R-STORE-20]", () => {
  it("syncs once for all that ask before the sync begins", async () => {
    const all = Promise.all([together(directory), together(directory), together(directory)]);
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.();
    await all;
  });

  it("syncs once more, afterwards, for those that ask while one is running", async () => {
    const first = together(directory);
    await turn();
    let isServed = false;
    const later = [together(directory), together(directory).then(() => (isServed = true))];
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.();
    await first;
    await turn();
    expect([begun.length, isServed]).toEqual([2, false]);
    begun[1]?.();
    await Promise.all(later);
    const again = together(directory);
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
    const next = together(directory);
    await turn();
    begun[0]?.();
    await next;
  });

  it("does not wait for another directory", async () => {
    const other = join(directory, "other");
    mkdirSync(other);
    const both = Promise.all([together(directory), together(other)]);
    await turn();
    expect(begun).toHaveLength(2);
    for (const end of begun) end();
    await both;
  });
});
