import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isTokenDead, livenessOf, processIdentity, processToken } from "../../src/system/identity.js";

/** Field 22 of a process's stat. */
function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

const machineOf = (token: string) => token.split("-")[2];

describe("processIdentity", () => {
  it("[R-SYSTEM-02] is this process's number and start, its machine and boot, and never changes", () => {
    const own = processIdentity();
    expect(own).toMatchObject({ pid: process.pid, start: startOf(process.pid) });
    expect(own.machine).toMatch(/pid:\[\d+\]$/u);
    expect(own.boot).toMatch(/^[0-9a-f-]{36}$/u);
    expect(processIdentity()).toBe(own);
    expect(processToken()).toMatch(new RegExp(`^${own.pid}-${own.start}-[0-9a-f]{8}$`, "u"));
  });
});

describe("livenessOf", () => {
  it.each([
    ["this process", {}, "alive"],
    ["a process of that number which started at another time", { start: "1" }, "dead"],
    ["a number nobody has", { pid: 4_194_300 }, "dead"],
    ["number 0", { pid: 0 }, "dead"],
    ["a negative number", { pid: -process.pid }, "dead"],
    ["another machine", { machine: "elsewhere pid:[1]" }, "foreign"],
    ["another machine and a number nobody has", { machine: "elsewhere", pid: 4_194_300 }, "foreign"],
  ] as const)("[R-SYSTEM-02] %s", (_, changes, liveness) => {
    expect(livenessOf({ ...processIdentity(), ...changes })).toBe(liveness);
  });

  it("[R-SYSTEM-02] a child lives until it is killed, and is dead as a zombie that nobody has looked at", async () => {
    // The shell does not wait for its first child: once killed, it stays a zombie.
    const shell = spawn("sh", ["-c", "sleep 100 & echo $!; exec sleep 100"], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(shell.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    const identity = { ...processIdentity(), pid, start: startOf(pid) };
    expect(livenessOf(identity)).toBe("alive");
    await expect.poll(() => readFileSync(`/proc/${shell.pid}/comm`, "latin1")).toBe("sleep\n");
    process.kill(pid, "SIGKILL");
    await expect.poll(() => livenessOf(identity)).toBe("dead");
    expect(readFileSync(`/proc/${pid}/stat`, "latin1")).toContain(") Z ");
    shell.kill("SIGKILL");
    await once(shell, "close");
  });
});

describe("isTokenDead", () => {
  it("[R-SYSTEM-02] says so of a process of this machine that is no more, and of nothing else", () => {
    const machine = machineOf(processToken());
    expect(isTokenDead(`4194300-1-${machine}`)).toBe(true);
    expect(isTokenDead(`${process.pid}-1-${machine}`)).toBe(true);
    expect(isTokenDead(processToken())).toBe(false);
    for (const other of [
      "",
      "4194300",
      "4194300-1",
      "4194300-1-00000000",
      "x-1-00000000",
      `4194300-1-${machine} `,
      `-4194300-1-${machine}`,
      "../..",
      "4194300-1-",
      `99999999999-1-${machine}`,
    ]) {
      expect([other, isTokenDead(other)]).toEqual([other, false]);
    }
  });
});
