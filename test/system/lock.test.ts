import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/system/clock.js";
import { processIdentity } from "../../src/system/identity.js";
import { acquireLock } from "../../src/system/lock.js";
import { bundleScript, startScript, type Child } from "./child-module.js";
import { settled, VirtualClock } from "./virtual-clock.js";

const WORKER = `
import { acquireLock } from "./system/lock.js";
import { systemClock } from "./system/clock.js";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
const [what, lock, file, times] = process.argv.slice(2);
const clock = systemClock;
if (what === "hold") {
  await acquireLock(lock, { clock });
  console.log("held");
  process.stdin.resume();
}
if (what === "count") {
  for (let turn = 0; turn < Number(times); turn++) {
    const release = await acquireLock(lock, { clock });
    // Two at once would collide here, and lose an update below.
    closeSync(openSync(file + ".inside", "wx"));
    const value = Number(readFileSync(file, "utf8"));
    if (turn % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(file, String(value + 1));
    rmSync(file + ".inside");
    release();
  }
  console.log("done");
}
if (what === "once") {
  process.stdout.write("ready\\n");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  const release = await acquireLock(lock, { clock });
  closeSync(openSync(file + ".inside", "wx"));
  await new Promise((resolve) => setTimeout(resolve, 3));
  rmSync(file + ".inside");
  release();
  process.exit(0);
}
`;

let scripts: string;
let worker: string;
let root: string;
let lock: string;
const children: Child[] = [];

beforeAll(async () => {
  scripts = mkdtempSync(join(tmpdir(), "eden-lock-scripts-"));
  worker = await bundleScript(scripts, "worker", WORKER);
});
afterAll(() => rmSync(scripts, { recursive: true }));
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-lock-"));
  lock = join(root, "locks", "a.lock");
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.process.kill("SIGKILL");
    await child.ended;
  }
  rmSync(root, { recursive: true });
});

function start(...args: string[]): Child {
  const child = startScript(worker, args);
  children.push(child);
  return child;
}

const left = () => readdirSync(join(root, "locks"));

function canUnshare(): boolean {
  if (spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status === 0) return true;
  console.warn("\n*** NOT TESTED: locks between containers. This user may not `unshare --pid` ***\n");
  return false;
}

/** A lock file as somebody else would have written it. */
function writeHolder(holder: object | string): void {
  mkdirSync(join(root, "locks"), { recursive: true });
  writeFileSync(lock, typeof holder === "string" ? holder : JSON.stringify(holder));
}

describe("acquireLock", () => {
  it("[R-SYSTEM-02] makes a complete file that names its holder, which only its owner can read, and leaves nothing at the end", async () => {
    const release = await acquireLock(lock, { clock: systemClock });
    expect(JSON.parse(readFileSync(lock, "utf8"))).toMatchObject({
      ...processIdentity(),
      nonce: expect.stringMatching(/^[0-9a-f]{16}$/u),
    });
    expect(statSync(lock).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, "locks")).mode & 0o777).toBe(0o700);
    expect(left()).toEqual(["a.lock"]);
    release();
    expect(left()).toEqual([]);
  });

  it("[R-SYSTEM-02] lets the second wait until the first releases, and tells it once who holds it", async () => {
    const clock = new VirtualClock();
    const release = await acquireLock(lock, { clock });
    const seen: number[] = [];
    let taken = false;
    const second = acquireLock(lock, { clock, onWait: ({ pid }) => seen.push(pid) }).then((done) => {
      taken = true;
      return done;
    });
    await clock.advance(2_000);
    expect([taken, seen]).toEqual([false, [process.pid]]);
    release();
    await clock.advance(200);
    expect(taken).toBe(true);
    (await second)();
    expect(left()).toEqual([]);
  });

  it("[R-SYSTEM-02] may be released twice, without touching the lock of whoever came after", async () => {
    const first = await acquireLock(lock, { clock: systemClock });
    first();
    const second = await acquireLock(lock, { clock: systemClock });
    first();
    expect(left()).toEqual(["a.lock"]);
    second();
    second();
    expect(left()).toEqual([]);
  });

  it("[R-SYSTEM-02] leaves a lock alone that says somebody else by the time it is released", async () => {
    const release = await acquireLock(lock, { clock: systemClock });
    writeHolder({ ...processIdentity(), nonce: "other" });
    release();
    expect(left()).toEqual(["a.lock"]);
  });

  it("[R-SYSTEM-02] ends with the signal's reason when it was aborted before, and while it waits", async () => {
    const clock = new VirtualClock();
    const early = new Error("early");
    await expect(acquireLock(lock, { clock, signal: AbortSignal.abort(early) })).rejects.toBe(early);
    expect(existsSync(lock)).toBe(false);
    const release = await acquireLock(lock, { clock });
    const abort = new AbortController();
    const waiting = acquireLock(lock, { clock, signal: abort.signal });
    await clock.advance(300);
    const late = new Error("late");
    abort.abort(late);
    await expect(waiting).rejects.toBe(late);
    expect([left(), clock.sleeping]).toEqual([["a.lock"], 0]);
    release();
  });

  it("[R-SYSTEM-02] two processes count to 200 each in one file without losing an update", async () => {
    const file = join(root, "counter");
    writeFileSync(file, "0");
    const both = [start("count", lock, file, "200"), start("count", lock, file, "200")];
    const ends = await Promise.all(both.map(({ ended }) => ended));
    expect(both.map((child) => child.errors())).toEqual(["", ""]);
    expect([ends, readFileSync(file, "utf8"), left()]).toEqual([[0, 0], "400", []]);
  });

  it("[R-SYSTEM-02] a holder killed with SIGKILL is taken over within a second [R-FAULT-33]", async () => {
    const holder = start("hold", lock);
    expect(await holder.line()).toBe("held");
    const waited: number[] = [];
    const taking = acquireLock(lock, { clock: systemClock, onWait: ({ pid }) => waited.push(pid) });
    await settled();
    expect(waited).toEqual([holder.pid]);
    holder.process.kill("SIGKILL");
    await holder.ended;
    const since = performance.now();
    const release = await taking;
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(JSON.parse(readFileSync(lock, "utf8"))).toMatchObject({ pid: process.pid });
    release();
    expect(left()).toEqual([]);
  });

  it("[R-SYSTEM-02] of several that take over a dead holder at once exactly one at a time holds it", async () => {
    const workers = Array.from({ length: 6 }, () => start("once", lock, join(root, "guard")));
    for (const child of workers) expect(await child.line()).toBe("ready");
    writeHolder({ ...processIdentity(), pid: 4_194_300, start: "1", nonce: "dead" });
    for (const child of workers) child.process.stdin?.write("go\n");
    const ends = await Promise.all(workers.map(({ ended }) => ended));
    expect(workers.map((child) => child.errors()).join("")).toBe("");
    expect([ends, left()]).toEqual([workers.map(() => 0), []]);
  });

  it("[R-SYSTEM-02] several takers in one process are let in one after the other", async () => {
    writeHolder({ ...processIdentity(), pid: 4_194_300, start: "1", nonce: "dead" });
    let inside = 0;
    const results = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const release = await acquireLock(lock, { clock: systemClock });
        const alone = ++inside === 1;
        await settled();
        inside--;
        release();
        return alone;
      }),
    );
    expect([results, left()]).toEqual([results.map(() => true), []]);
  });

  it.each([
    ["a number that was used again", () => ({ ...processIdentity(), start: "1", nonce: "old" })],
    ["no process", () => ({ ...processIdentity(), pid: 4_194_300, nonce: "old" })],
    ["process 0", () => ({ ...processIdentity(), pid: 0, nonce: "old" })],
    ["a negative number", () => ({ ...processIdentity(), pid: -1, nonce: "old" })],
    ["an empty file", () => ""],
    ["half a file", () => '{"pid": 12'],
    ["no object", () => "null"],
    ["a list", () => "[]"],
    ["an object without a nonce", () => '{"pid": 1}'],
    ["bytes", () => "\u0000\u00ff"],
  ])("[R-SYSTEM-02] takes over at once from %s", async (_, holder) => {
    writeHolder(holder());
    const clock = new VirtualClock();
    const release = await acquireLock(lock, { clock, onWait: () => expect.unreachable("it waited") });
    expect(clock.now()).toBe(0);
    expect(JSON.parse(readFileSync(lock, "utf8"))).toMatchObject({ pid: process.pid });
    release();
    expect(left()).toEqual([]);
  });

  it("[R-SYSTEM-02] waits for a holder from another host until the signal aborts, as long as it shows signs of life", async () => {
    const clock = new VirtualClock();
    writeHolder({ ...processIdentity(), machine: "elsewhere", nonce: "foreign" });
    const abort = new AbortController();
    const seen: string[] = [];
    const waiting = acquireLock(lock, { clock, signal: abort.signal, onWait: ({ machine }) => seen.push(machine) });
    const rejected = expect(waiting).rejects.toThrow("enough");
    for (let minute = 0; minute < 20; minute++) {
      await clock.advance(20_000);
      writeHolder({ ...processIdentity(), machine: "elsewhere", nonce: `foreign ${minute}` });
    }
    expect(seen).toEqual(["elsewhere"]);
    abort.abort(new Error("enough"));
    await rejected;
    expect(left()).toEqual(["a.lock"]);
  });

  it("[R-SYSTEM-02] takes over from another host after 30 s of silence, and not before", async () => {
    const clock = new VirtualClock();
    writeHolder({ ...processIdentity(), machine: "elsewhere", nonce: "foreign" });
    let taken = false;
    const waiting = acquireLock(lock, { clock }).then((release) => {
      taken = true;
      return release;
    });
    await clock.advance(29_999);
    expect(taken).toBe(false);
    await clock.advance(300);
    expect(taken).toBe(true);
    (await waiting)();
    expect(left()).toEqual([]);
  });

  it.runIf(canUnshare())(
    "[R-SYSTEM-02] does not rob a live holder in another container, whose number means nothing here",
    async () => {
      const holder = startScript(
        worker,
        ["hold", lock],
        ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"],
      );
      children.push(holder);
      expect(await holder.line()).toBe("held");
      expect(JSON.parse(readFileSync(lock, "utf8"))).toMatchObject({ pid: 1 });
      const clock = new VirtualClock();
      const abort = new AbortController();
      const rejected = expect(acquireLock(lock, { clock, signal: abort.signal })).rejects.toThrow("enough");
      await clock.advance(25_000);
      abort.abort(new Error("enough"));
      await rejected;
      expect(left()).toEqual(["a.lock"]);
    },
  );

  it("[R-SYSTEM-02] names the place when the file cannot be made", async () => {
    writeFileSync(join(root, "locks"), "a file where the directory should be");
    await expect(acquireLock(lock, { clock: systemClock })).rejects.toMatchObject({ name: "EdenError" });
  });
});
