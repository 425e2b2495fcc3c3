// How many git processes a program starts, and how much memory it and all its children hold together: looked at in a run of its own, since
// counting costs time.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

export class Meter {
  /** Laid over the environment of what is measured. */
  env: Record<string, string> = {};
  /** Milliseconds of CPU of what ran since it was set to 0. */
  cpuMs = 0;
  #peakKib = 0;
  readonly #directory: string;

  /** @param root a directory for its files. */
  constructor(root: string) {
    this.#directory = join(root, "meter");
  }

  /** Counts from now on: a wrapper of git is first on PATH. */
  begin(): void {
    mkdirSync(this.#directory, { recursive: true });
    const path = process.env["PATH"] ?? "";
    const git = join(this.#directory, "git");
    const real = path
      .split(delimiter)
      .map((directory) => join(directory, "git"))
      .find((file) => exists(file));
    writeFileSync(git, `#!/bin/sh\necho x >> ${this.#directory}/count\nexec ${real} "$@"\n`);
    chmodSync(git, 0o755);
    this.env = { PATH: `${this.#directory}${delimiter}${path}` };
    this.#peakKib = 0;
  }

  /** @returns what was counted, as text. */
  end(): string {
    this.env = {};
    const count = readFileSync(join(this.#directory, "count"), "latin1").length / 2;
    rmSync(this.#directory, { recursive: true });
    return `${count} git processes, at most ${(this.#peakKib / 1024).toFixed(0)} MiB in all its processes`;
  }

  /** Looks at a process and its descendants every 50 ms, until the returned function is called. */
  watch(pid: number): () => void {
    if (this.env["PATH"] === undefined) return () => {};
    const timer = setInterval(() => (this.#peakKib = Math.max(this.#peakKib, treeKib(pid))), 50);
    return () => clearInterval(timer);
  }
}

function exists(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

/** Resident memory of a process and all its descendants. */
function treeKib(root: number): number {
  const parents = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/u.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, "latin1");
      parents.set(Number(name), Number(/^PPid:\s+(\d+)/mu.exec(status)?.[1]));
      sizes.set(Number(name), Number(/^VmRSS:\s+(\d+)/mu.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended in the meantime.
    }
  }
  const isBelow = (pid: number): boolean => pid === root || (parents.has(pid) && isBelow(parents.get(pid) ?? 0));
  return [...sizes].reduce((sum, [pid, kib]) => (isBelow(pid) ? sum + kib : sum), 0);
}
