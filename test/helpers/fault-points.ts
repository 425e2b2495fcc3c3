import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunResult } from "./cli-process.js";
import type { Sandbox } from "./sandbox.js";
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

/** The changing calls of a command in their order, as `name path`, and its result without a fault. */
export async function changingCalls(sandbox: Sandbox, args: readonly string[]): Promise<[string[], RunResult]> {
  const log = join(sandbox.tmp, "calls");
  const result = await sandbox.run(args, { env: failing(sandbox, { call: Infinity, fault: "EIO", only: true }, log) });
  return [existsSync(log) ? readFileSync(log, "utf8").split("\n") : [], result];
}

/** Runs a command with that fault. */
export async function runWithFault(sandbox: Sandbox, args: readonly string[], point: FaultPoint): Promise<RunResult> {
  return await sandbox.run(args, { env: failing(sandbox, point, null), timeoutMs: 30_000 });
}

function failing({ root }: Sandbox, { fault, call, only }: FaultPoint, log: string | null): Record<string, string> {
  const from = Math.min(call, Number.MAX_SAFE_INTEGER);
  const request = JSON.stringify({ below: root, calls: CHANGING, errno: fault, from, only, log });
  // One thread for the calls in the background: their order is the same in each run.
  return { NODE_OPTIONS: `--require ${SHIM}`, UV_THREADPOOL_SIZE: "1", EDEN_TEST_FAILING: request };
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
