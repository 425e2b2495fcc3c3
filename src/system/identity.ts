import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "../errors.js";
import { sha256Hex } from "./sha256.js";

/** Who a process is, beyond its number: numbers are used again, start times on one boot are not. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/<pid>/stat (clock ticks since boot); random where there is no /proc. */
  start: string;
  /** Host name and process namespace: within it numbers mean the same. Two containers on one volume differ here. */
  machine: string;
  boot: string;
}

/** `foreign`: a process of another machine or container, of which nothing can be told from here. */
export type Liveness = "alive" | "dead" | "foreign";

let own: ProcessIdentity | undefined;

/** The identity of this process. */
export function processIdentity(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    start: startTime(process.pid) ?? randomBytes(4).toString("hex"),
    machine: `${hostname()} ${orEmpty(() => readlinkSync("/proc/self/ns/pid"))}`,
    boot: orEmpty(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()),
  };
  return own;
}

/**
 * Whether the process of that identity still runs. One of another boot is foreign, too: two hosts may bear one name, and a lock left by a
 * reboot costs no more than the wait for its silence.
 */
export function livenessOf({ pid, start, machine, boot }: ProcessIdentity): Liveness {
  const here = processIdentity();
  if (machine !== here.machine || boot !== here.boot) return "foreign";
  return isRunning(pid, start) ? "alive" : "dead";
}

/** `<pid>-<start>-<machine and boot>`: goes into the names of temporary files, so that a later run may sweep what a dead process left. */
export function processToken(): string {
  const { pid, start } = processIdentity();
  return `${pid}-${start}-${machineHash()}`;
}

/** True when a token in a file name is that of a process of this machine that is no more. Anything else is not ours to sweep. */
export function isTokenDead(token: string): boolean {
  const match = /^(\d{1,10})-([0-9a-f]{1,20})-([0-9a-f]{8})$/u.exec(token);
  if (match === null || match[3] !== machineHash()) return false;
  return !isRunning(Number(match[1]), match[2] ?? "");
}

function isRunning(pid: number, start: string): boolean {
  if (pid <= 0) return false;
  const running = startTime(pid);
  if (running !== undefined) return running === start;
  if (startTime(process.pid) !== undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

function startTime(pid: number): string | undefined {
  const stat = orEmpty(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  if (stat === "") return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended; only its parent has not looked yet.
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

function machineHash(): string {
  const { machine, boot } = processIdentity();
  return sha256Hex(`${machine} ${boot}`).slice(0, 8);
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
