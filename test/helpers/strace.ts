import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

let available: boolean | undefined;

/** System calls of a run, watched or made to fail. */
export const strace = {
  /** False, with a loud line, where strace is missing: the tests that need it do not run there. */
  isAvailable(): boolean {
    available ??= spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;
    if (!available) console.warn("strace is missing: tests that watch system calls DO NOT RUN");
    return available;
  },
  /** A `wrap` for a run: writes the named calls of all its processes to a file. */
  wrap(log: string, calls: string): string[] {
    return ["strace", "-f", "-qq", "-o", log, "-e", `trace=${calls}`];
  },
  /** The calls that were made, without process numbers. */
  calls(log: string): string[] {
    return readFileSync(log, "utf8")
      .split("\n")
      .map((line) => line.replace(/^\d+\s+/u, ""))
      .filter((line) => /^[a-z]/u.test(line));
  },
};
