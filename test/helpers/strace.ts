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
  /**
   * A `wrap` for a run in which the named calls fail.
   * @param how which of them, and how else: `:when=3`, `:when=2+`.
   */
  failing(calls: string, errno: string, how = ""): string[] {
    const inject = `inject=${calls}:error=${errno}${how}`;
    return ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", inject];
  },
  /** A `wrap` for a run that is killed at one of the named calls, counted from 1 in each thread. */
  killing(calls: string, when: number): string[] {
    const inject = `inject=${calls}:signal=KILL:when=${when}`;
    return ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", inject];
  },
  /** The calls that were made, without process numbers. */
  calls(log: string): string[] {
    return readFileSync(log, "utf8")
      .split("\n")
      .map((line) => line.replace(/^\d+\s+/u, ""))
      .filter((line) => /^[a-z]/u.test(line));
  },
};
