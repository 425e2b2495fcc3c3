import { readdirSync, readFileSync } from "node:fs";

/** Command lines of the processes that name a path or a word. */
export function processesNaming(word: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .filter((line) => line.includes(word));
}
