import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EdenError, errorCode } from "../../src/errors.js";
import { systemClock } from "../../src/system/clock.js";
import { KILL_AFTER_MS, killAllGroups } from "../../src/system/process-groups.js";
import { runProcess, type ProcessRequest } from "../../src/system/processes.js";
import { bundleScript, isRunning, startScript } from "./child-module.js";
import { settled, VirtualClock } from "./virtual-clock.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-processes-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs a shell script with an environment of nothing but a PATH. */
function shell(script: string, changes: Partial<ProcessRequest> = {}) {
  return runProcess({
    file: "/bin/sh",
    args: ["-c", script],
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
    cwd: root,
    clock: systemClock,
    ...changes,
  });
}

const file = (name: string) => join(root, name);
const read = (name: string) => readFileSync(file(name), "utf8").trim();

/** What a promise was rejected with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => expect.unreachable("it succeeded"),
    (error: unknown) => error,
  );
}

describe("runProcess", () => {
  it("[R-SYSTEM-04] returns exit code and both streams, whatever the code is", async () => {
    const result = await shell("printf 'out\\0\\377'; printf err >&2; exit 7");
    expect(result).toEqual({ exitCode: 7, signal: null, stdout: Buffer.from("out\0\xff", "latin1"), stderr: "err" });
    expect((await shell("exit 0")).exitCode).toBe(0);
  });

  it("[R-SYSTEM-04] tells the signal that ended it", async () => {
    expect(await shell("kill -KILL $$")).toMatchObject({ exitCode: null, signal: "SIGKILL" });
  });

  it("[R-GIT-01] hands on nothing of its own environment", async () => {
    const { stdout } = await runProcess({
      file: "/usr/bin/env",
      args: [],
      env: { ONLY: "this" },
      cwd: root,
      clock: systemClock,
    });
    expect(stdout.toString()).toBe("ONLY=this\n");
  });

  it("[R-GIT-05] gives no standard input to wait for", async () => {
    expect((await shell("cat; echo done")).stdout.toString()).toBe("done\n");
  });

  it("[R-SYSTEM-04] writes the input, as much as it is", async () => {
    const input = "0123456789abcdef".repeat(65_536);
    expect((await shell("wc -c", { input })).stdout.toString().trim()).toBe(String(input.length));
  });

  it("[R-SYSTEM-04] does not mind a program that does not read its input", async () => {
    const input = "x".repeat(4_000_000);
    expect(await shell("exit 3", { input })).toMatchObject({ exitCode: 3, signal: null });
  });

  it("[R-SYSTEM-04] keeps the last 64 KiB of what it complains", async () => {
    const { stderr } = await shell("yes 0123456789abcde | head -c 200000 >&2; printf END >&2");
    expect([stderr.length, stderr.endsWith("END")]).toEqual([65_536, true]);
  });

  it("[R-SYSTEM-03] leaves no process of its group behind when it is aborted", async () => {
    const abort = new AbortController();
    const running = shell("sleep 1000 & echo $! > grandchild; sleep 1000 & echo $! >> grandchild; echo ready; wait", {
      signal: abort.signal,
      onStdout: () => abort.abort(new Error("enough")),
    });
    await expect(running).rejects.toThrow("enough");
    const pids = read("grandchild").split("\n").map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it("[R-SYSTEM-03] ends what ignores TERM after five seconds of the clock, and not before", async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const running = shell("trap '' TERM; (trap '' TERM; echo $$ > leader; echo ready; while :; do sleep 0.05; done)", {
      clock,
      signal: abort.signal,
      onStdout: () => abort.abort(new Error("enough")),
    });
    const failed = expect(running).rejects.toThrow("enough");
    await expect.poll(() => clock.sleeping).toBe(1);
    const leader = Number(read("leader"));
    expect([KILL_AFTER_MS, clock.nextDue]).toEqual([5_000, 5_000]);
    await clock.advance(4_999);
    expect(await isRunning(leader)).toBe(true);
    await clock.advance(1);
    await failed;
    expect(await isRunning(leader)).toBe(false);
  });

  it("[R-SYSTEM-03] ends what outlives a leader that ended at once", async () => {
    const abort = new AbortController();
    const running = shell(
      "(trap '' TERM; echo started > child; exec >&- 2>&-; while :; do sleep 0.05; done) & echo $! > pid; while [ ! -e child ]; do :; done; echo ready; wait",
      {
        signal: abort.signal,
        onStdout: () => abort.abort(new Error("enough")),
      },
    );
    await expect(running).rejects.toThrow("enough");
    await expect.poll(() => isRunning(Number(read("pid")))).toBe(false);
  });

  it("[R-SYSTEM-03] starts nothing under a signal that was aborted before", async () => {
    const reason = new Error("already");
    expect(await failureOf(shell("touch started", { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(() => read("started")).toThrow("ENOENT");
  });

  it("[R-SYSTEM-03] ends every group at once on the second interrupt", async () => {
    const ready = signalBox();
    const running = shell("trap '' TERM INT; echo $$ > leader; sleep 1000 & echo $! > grandchild; echo ready; wait", {
      onStdout: () => ready.resolve(),
    });
    await ready.promise;
    killAllGroups();
    expect(await running).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    await expect.poll(() => isRunning(Number(read("grandchild")))).toBe(false);
  });

  it("[R-SYSTEM-04] ends what says nothing for too long", async () => {
    const clock = new VirtualClock();
    const running = shell("echo $$ > leader; echo ready; exec sleep 1000", { clock, stallMs: 100 });
    const failed = failureOf(running);
    await expect.poll(() => readable("leader")).toBe(true);
    await expect
      .poll(async () => {
        await clock.advance(100);
        return await isRunning(Number(read("leader")));
      })
      .toBe(false);
    expect(await failed).toMatchObject({ code: "PROCESS_STALLED", message: "no progress for 0.1 s" });
  });

  it("[R-SYSTEM-04] takes a byte on either stream for progress, and no stall limit for none", async () => {
    const talking = await shell("for i in 1 2 3 4 5 6 7 8; do sleep 0.05; echo x >&2; sleep 0.05; echo y; done", {
      stallMs: 300,
    });
    expect([talking.exitCode, talking.stdout.toString()]).toEqual([0, "y\n".repeat(8)]);
    expect((await shell("sleep 0.3", { stallMs: 0 })).exitCode).toBe(0);
  });

  it("[R-SYSTEM-04] keeps exactly as much output as allowed, and ends a program that has more [R-SYSTEM-07]", async () => {
    const exactly = await shell("head -c 1000 /dev/zero", { maxOutputBytes: 1_000 });
    expect([exactly.exitCode, exactly.stdout.length]).toEqual([0, 1_000]);
    const more = await failureOf(shell("echo $$ > leader; cat /dev/zero", { maxOutputBytes: 1_000 }));
    expect(more).toMatchObject({ code: "PROCESS_OUTPUT", message: "more than 1000 bytes of output" });
    expect(await isRunning(Number(read("leader")))).toBe(false);
  });

  it("[R-SYSTEM-04] hands output on as it arrives and waits for the receiver", async () => {
    let inside = 0;
    let overlapped = false;
    let bytes = 0;
    const result = await shell("head -c 3000000 /dev/zero", {
      onStdout: async (chunk) => {
        if (++inside > 1) overlapped = true;
        await settled();
        bytes += chunk.length;
        inside--;
      },
    });
    expect([result.exitCode, result.stdout.length, bytes, overlapped]).toEqual([0, 0, 3_000_000, false]);
  });

  it("[R-SYSTEM-04] waits for the receiver of the last output, although the program has ended", async () => {
    let isDone = false;
    const onStdout = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      isDone = true;
    };
    await shell("echo last", { onStdout });
    expect(isDone).toBe(true);
  });

  it("[R-SYSTEM-04] holds the program back while the receiver is busy", async () => {
    const gate = signalBox();
    const first = signalBox();
    const running = shell(
      "i=0; while [ $i -lt 100 ]; do head -c 65536 /dev/zero; i=$((i+1)); echo $i > written; done",
      {
        onStdout: async () => {
          first.resolve();
          await gate.promise;
        },
      },
    );
    await first.promise;
    let before = -1;
    // It comes to rest with the pipe and our buffers full, far from its end.
    await expect
      .poll(
        () => {
          const now = readable("written") ? Number(read("written")) : 0;
          const rests = now === before;
          before = now;
          return rests;
        },
        { interval: 150 },
      )
      .toBe(true);
    expect(before).toBeLessThan(50);
    gate.resolve();
    expect((await running).exitCode).toBe(0);
    expect(read("written")).toBe("100");
  });

  it("[R-SYSTEM-04] ends the program with whatever the receiver throws", async () => {
    const bug = new Error("the disk is full");
    let calls = 0;
    const failed = await failureOf(
      shell("echo $$ > leader; cat /dev/zero", {
        onStdout: () => {
          calls++;
          throw bug;
        },
      }),
    );
    expect([failed, calls]).toEqual([bug, 1]);
    expect(await isRunning(Number(read("leader")))).toBe(false);
    expect(await failureOf(shell("cat /dev/zero", { onStdout: () => Promise.reject(bug) }))).toBe(bug);
  });

  it("[R-SYSTEM-04] keeps the first cause when several come together", async () => {
    const abort = new AbortController();
    const bug = new Error("first");
    const failed = failureOf(
      shell("cat /dev/zero", {
        signal: abort.signal,
        onStdout: () => {
          setImmediate(() => abort.abort(new Error("second")));
          throw bug;
        },
      }),
    );
    expect(await failed).toBe(bug);
  });

  it.each([
    ["a program that is not there", () => ({ file: file("absent") }), "ENOENT"],
    ["a file that is no program", () => ({ file: plainFile() }), "EACCES"],
    ["a directory that is not there", () => ({ cwd: file("absent") }), "ENOENT"],
  ])("[R-SYSTEM-04] fails with a typed error for %s", async (_, changes, code) => {
    const failure = await failureOf(shell("true", changes()));
    expect(failure).toBeInstanceOf(EdenError);
    expect(failure).toMatchObject({ code: "SPAWN_FAILED" });
    expect(codes(failure)).toContain(code);
  });

  it("[R-SYSTEM-04] runs again at once after a failed start", async () => {
    await failureOf(shell("true", { file: file("absent") }));
    expect((await shell("exit 4")).exitCode).toBe(4);
  });

  it("[R-SYSTEM-04] out of descriptors, every start fails with a typed error and nothing brings the program down", async () => {
    const script = await bundleScript(
      root,
      "crowd",
      `
      import { runProcess } from "./system/processes.js";
      import { systemClock } from "./system/clock.js";
      import { errorCode } from "./errors.js";
      const env = { PATH: process.env.PATH };
      const one = () => runProcess({ file: "/bin/sh", args: ["-c", "sleep 0.2"], env, cwd: "/", clock: systemClock });
      await one();
      const results = await Promise.allSettled(Array.from({ length: 40 }, one));
      const deep = (error) => error === undefined ? [] : [errorCode(error), ...deep(error.cause)];
      const count = {};
      for (const result of results) {
        const name = result.status === "fulfilled" ? "ok " + result.value.exitCode : deep(result.reason).filter(Boolean).join(" ");
        count[name] = (count[name] ?? 0) + 1;
      }
      const after = await one();
      console.log(JSON.stringify({ count, after: after.exitCode }));
      `,
    );
    const child = startScript(script, [], ["prlimit", "--nofile=50", "--"]);
    const line = await child.line();
    expect([await child.ended, child.errors()]).toEqual([0, ""]);
    const { count, after } = JSON.parse(line ?? "{}") as { count: Record<string, number>; after: number };
    expect(after).toBe(0);
    expect(Object.values(count).reduce((a, b) => a + b)).toBe(40);
    expect(count["ok 0"]).toBeGreaterThan(0);
    const failed = Object.keys(count).filter((name) => name !== "ok 0");
    expect(failed.length).toBeGreaterThan(0);
    for (const name of failed) expect(name).toMatch(/^SPAWN_FAILED( .*)?EMFILE/u);
  }, 20_000);
});

/** A promise to be resolved from outside. */
function signalBox(): { promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

function readable(name: string): boolean {
  try {
    return read(name) !== "";
  } catch {
    return false;
  }
}

function plainFile(): string {
  writeFileSync(file("plain"), "no program", { mode: 0o644 });
  return file("plain");
}

/** The codes of an error and of what caused it. */
function codes(error: unknown): (string | undefined)[] {
  return error === undefined ? [] : [errorCode(error), ...codes(error instanceof Error ? error.cause : undefined)];
}
