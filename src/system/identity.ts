import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "../errors.js";

/** Who a process is, beyond its number: numbers are used again, start times on one boot are not. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/<pid>/stat (clock ticks since boot); "" where there is no /proc. */
  start: string;
  /** Host name and boot, so that a shared directory is not judged from another machine. */
  host: string;
  /** `<pid>-<start>`: goes into the names of temporary files. */
  token: string;
}

let own: ProcessIdentity | undefined;

/** The identity of this process. */
export function processIdentity(): ProcessIdentity {
  if (own === undefined) {
    const start = startTime(process.pid) ?? randomBytes(4).toString("hex");
    own = { pid: process.pid, start, host: machineIdentity(), token: `${process.pid}-${start}` };
  }
  return own;
}

/** True when the process of that identity still runs, or when that cannot be told (another machine). */
export function isAlive(identity: { pid: number; start: string; host: string }): boolean {
  if (identity.host !== machineIdentity()) return true;
  if (identity.pid <= 0) return false;
  return isTokenAlive(`${identity.pid}-${identity.start}`);
}

/** The same for a token taken from a file name. Anything that is no token counts as alive: it is not ours to sweep. */
export function isTokenAlive(token: string): boolean {
  const match = /^(\d{1,10})-([0-9a-f]{1,20})$/u.exec(token);
  if (match === null) return true;
  const pid = Number(match[1]);
  const start = startTime(pid);
  if (start !== undefined) return start === match[2];
  if (hasProc()) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not looked yet.
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function hasProc(): boolean {
  return startTime(process.pid) !== undefined;
}

let machine: string | undefined;

function machineIdentity(): string {
  if (machine === undefined) {
    let boot = "";
    try {
      boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    } catch {
      boot = "no-boot-id";
    }
    machine = `${hostname()}/${boot}`;
  }
  return machine;
}
