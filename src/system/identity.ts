import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "../errors.js";
import { sha256Hex } from "./sha256.js";

/**
 * The identity of a process. A process id alone is not unique, since ids are reused; with the start
 * time and the boot it is.
 */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/<pid>/stat (clock ticks since boot); random where there is no /proc. */
  start: string;
  /**
   * Host name and process namespace: process ids are comparable only within them. Two containers on
   * one volume differ here.
   */
  machine: string;
  boot: string;
}

/** `foreign`: a process of another machine or container, which cannot be checked from here. */
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
 * Whether the process with that identity is running. A process of another boot is foreign, too: two
 * hosts may have the same name, and after a reboot an old lock only costs the wait for its
 * heartbeat.
 */
export function livenessOf({ pid, start, machine, boot }: ProcessIdentity): Liveness {
  const here = processIdentity();
  if (machine !== here.machine || boot !== here.boot) return "foreign";
  return isRunning(pid, start) ? "alive" : "dead";
}

/**
 * `<pid>-<start>-<machine and boot>`: part of the names of temporary files, so that a later run can
 * sweep those of dead processes.
 */
export function processToken(): string {
  const { pid, start } = processIdentity();
  return (ownToken ??= `${pid}-${start}-${machineHash()}`);
}

let ownToken: string | undefined;

/** Whether the process with that token is running; `foreign` for a text that is not a token, too. */
export function livenessOfToken(token: string): Liveness {
  const match = /^(\d{1,10})-([0-9a-f]{1,20})-([0-9a-f]{8})$/u.exec(token);
  if (match === null || match[3] !== machineHash()) return "foreign";
  return isRunning(Number(match[1]), match[2] ?? "") ? "alive" : "dead";
}

/**
 * True when the token in a file name belongs to a process of this machine that has ended. Other
 * files must not be swept.
 */
export function isTokenDead(token: string): boolean {
  return livenessOfToken(token) === "dead";
}

function isRunning(pid: number, start: string): boolean {
  if (pid <= 0) return false;
  const running = startTime(pid);
  if (running !== undefined) return running === start;
  // No /proc, or one that hides the processes of other users.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** Undefined without /proc and for a process that it does not show; empty for one that has ended. */
function startTime(pid: number): string | undefined {
  const stat = orEmpty(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  if (stat === "") return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended, but its parent has not reaped it yet.
  return fields[0] === "Z" || fields[0] === "X" ? "" : fields[19];
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
