import { readFileSync } from "node:fs";

/** Milliseconds of CPU that ended children of this process have used, with their own children; a step is 10 ms. */
export function childrenCpuMs(): number {
  const [, fields = ""] = readFileSync("/proc/self/stat", "latin1").split(") ");
  const [user, system] = fields.split(" ").slice(13, 15).map(Number);
  return 10 * ((user ?? 0) + (system ?? 0));
}
