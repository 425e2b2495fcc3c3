import { spawnSync } from "node:child_process";

let available: boolean | undefined;

/** Runs with another wall clock. Monotonic time stays real, as when a machine's clock is set. */
export const faketime = {
  /** False, with a loud line, where faketime is missing: the tests that need it do not run there. */
  isAvailable(): boolean {
    available ??= spawnSync("faketime", ["-f", "+1d", "true"]).status === 0;
    if (!available) console.warn("*** NOT TESTED: clocks that jump. faketime is missing ***");
    return available;
  },
  /** A `wrap` for a run whose clock is off by that much: `+10y`, `-10y`. */
  by(offset: string): string[] {
    return ["faketime", "--exclude-monotonic", "-f", offset];
  },
  /** A `wrap` for a run whose clock is always off by what the file says at that moment. */
  byFile(path: string): string[] {
    const follow = [`FAKETIME_TIMESTAMP_FILE=${path}`, "FAKETIME_NO_CACHE=1"];
    return [...faketime.by("+0"), "env", "-u", "FAKETIME", ...follow];
  },
};
