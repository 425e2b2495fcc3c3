import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SkillFile } from "../../src/skill/skill-tree.js";
import { openStore } from "../../src/store/store.js";
import { StagedFiles } from "../../src/store/staged-files.js";
import { WriteWindow } from "../../src/system/write-window.js";
import { removeTree } from "../helpers/sandbox.js";

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "eden-staged-"))));
afterEach(async () => await removeTree(root));

const file = (n: number): SkillFile => ({ path: `d/${n}`, mode: "100644", oid: String(n) });
const MANY = Array.from({ length: 200 }, (_, n) => file(n));

/** Files in staging, and a window in which nothing goes on until `free` is called. */
async function setUp() {
  const window = new WriteWindow();
  const path = join(root, "staged");
  const files = new StagedFiles({ store: openStore(root), path, window }, MANY);
  await files.create([file(0)], Buffer.from("0"));
  await files.written();
  let free = () => {};
  const busy = new Promise<void>((resolve) => (free = resolve));
  const running = Array.from({ length: 8 }, async () => await window.run(async () => await busy));
  return { files, path, free: async () => (free(), await Promise.all(running)) };
}

/** True if it is still pending after everything that could happen has happened. */
async function isPending(work: Promise<unknown>): Promise<boolean> {
  return await Promise.race([work.then(() => false), sleep(20).then(() => true)]);
}

describe("StagedFiles", () => {
  it("takes small contents without waiting for the disk, but only so many of them [R-STORE-18]", async () => {
    const { files, path, free } = await setUp();
    const content = Buffer.alloc(1000);
    let taken = 0;
    const taking = (async () => {
      for (const one of MANY.slice(1)) {
        content.fill(taken);
        await files.create([one], content);
        taken++;
      }
    })();
    expect(await isPending(taking)).toBe(true);
    expect(taken).toBeGreaterThan(30);
    expect(taken).toBeLessThan(100);
    expect(readdirSync(join(path, "d"))).toEqual(["0"]);
    await free();
    await taking;
    await files.written();
    expect(readdirSync(join(path, "d"))).toHaveLength(200);
    // The buffer was used again and again meanwhile.
    for (const n of [1, 50, 199]) expect(readFileSync(join(path, `d/${n}`))).toEqual(Buffer.alloc(1000, n - 1));
  });

  it("waits for a large content instead of holding a second copy of it [R-STORE-18]", async () => {
    const { files, path, free } = await setUp();
    const content = Buffer.alloc(1_000_000, 7);
    const taking = files.create([file(1)], content);
    expect(await isPending(taking)).toBe(true);
    await free();
    await taking;
    expect(readFileSync(join(path, "d/1")).equals(content)).toBe(true);
  });

  it("removes nothing before the last write has ended, and leaves nothing [R-STORE-18]", async () => {
    const { files, free } = await setUp();
    for (const one of MANY.slice(1, 20)) await files.create([one], Buffer.from("x"));
    const removing = files.discard();
    expect(await isPending(removing)).toBe(true);
    await free();
    await removing;
    expect(readdirSync(root)).toEqual([]);
  });

  it("throws the error of an earlier content at the next one, and at the end [R-STORE-18]", async () => {
    const { files } = await setUp().then(async (made) => (await made.free(), made));
    await files.create([file(0)], Buffer.from("again"));
    await expect(files.written()).rejects.toMatchObject({
      code: "FILE_FAILED",
      message: expect.stringContaining("d/0") as string,
    });
    await expect(files.create([file(1)], Buffer.from("x"))).rejects.toMatchObject({ code: "FILE_FAILED" });
    await files.discard();
  });
});
