import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunResult } from "./cli-process.js";
import { ProgramServer } from "./program-server.js";
import { PROGRAM, type Sandbox } from "./sandbox.js";
import { seeded } from "./seeded.js";

const SHIM = fileURLToPath(new URL("failing.cjs", import.meta.url));

/** Every call of `node:fs` that changes a file system. "create" is an `open` that may create a file. */
const CHANGING = ["create", "mkdir", "mkdirSync", "write", "writeSync", "writeFileSync", "appendFileSync"].concat(
  ["rename", "renameSync", "symlink", "symlinkSync", "linkSync", "copyFileSync", "unlinkSync", "rmdirSync"],
  ["fsync", "fsyncSync", "chmodSync", "fchmodSync", "ftruncateSync", "utimesSync"],
);

const FAULTS = ["SIGKILL", "ENOSPC", "EIO", "EACCES", "EMFILE", "EROFS"] as const;

/** One fault at one call of a command. */
export interface FaultPoint {
  fault: (typeof FAULTS)[number];
  /** The number of the call, from 1. */
  call: number;
  /** False: all later calls fail as well, as on a full disk. */
  only: boolean;
}

/** A run with a fault. */
export interface FaultedRun extends RunResult {
  /** All calls that change the file system, as `name path`, in their order. */
  calls: string[];
}

const TIMEOUT_MS = 60_000;
const server = new ProgramServer();
let runs = 0;

/**
 * Runs a command with that fault; with none for null. One process serves the runs until a fault kills it;
 * `EDEN_TEST_PROCESSES` gives each a process of its own.
 */
export async function runWithFault(
  sandbox: Sandbox,
  args: readonly string[],
  point: FaultPoint | null,
): Promise<FaultedRun> {
  const { fault, call, only } = point ?? { fault: "EIO", call: Number.MAX_SAFE_INTEGER, only: true };
  const log = join(sandbox.tmp, "calls");
  rmSync(log, { force: true });
  const request = { below: sandbox.root, calls: CHANGING, errno: fault, from: call, only, log, run: ++runs };
  const environment = (pid?: number) => ({
    NODE_OPTIONS: `--require ${SHIM}`,
    // One thread for the calls in the background: their order is the same in each run.
    UV_THREADPOOL_SIZE: "1",
    EDEN_TEST_FAILING: JSON.stringify({ ...request, pid }),
  });
  const result = await (process.env["EDEN_TEST_PROCESSES"] === undefined
    ? withStandIn((pid) => {
        const env = sandbox.environment(environment(pid));
        return server.run({ program: PROGRAM, args, cwd: sandbox.project, env, timeoutMs: TIMEOUT_MS, fresh: true });
      })
    : sandbox.run(args, { env: environment(), timeoutMs: TIMEOUT_MS }));
  return { ...result, calls: existsSync(log) ? readFileSync(log, "utf8").split("\n") : [] };
}

/** A process that ends with the run stands for it in all that it leaves; the one that serves it goes on. */
async function withStandIn<T>(run: (pid: number | undefined) => Promise<T>): Promise<T> {
  const standIn = spawn("sleep", ["1000"], { stdio: "ignore" });
  const ended = new Promise((resolve) => standIn.once("close", resolve));
  try {
    return await run(standIn.pid);
  } finally {
    standIn.kill("SIGKILL");
    await ended;
  }
}

/** All points of a command with so many calls, in the seeded order in which a sample takes them. */
export function faultPoints(name: string, calls: number): FaultPoint[] {
  const random = seeded(`fault points of ${name}`);
  const points = Array.from({ length: calls }, (_, at) =>
    FAULTS.flatMap((fault): FaultPoint[] => {
      const one = { fault, call: at + 1, only: true };
      return fault === "SIGKILL" ? [one] : [one, { ...one, only: false }];
    }),
  ).flat();
  return points
    .map((point) => ({ point, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ point }) => point);
}
