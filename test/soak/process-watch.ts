import { readdirSync, readFileSync } from "node:fs";
import type { RunningProgram } from "../helpers/cli-process.js";

/** Peaks of the processes that were watched since the last reading. */
export interface Peaks {
  /** MiB of resident memory of one process. */
  memory: number;
  descriptors: number;
}

/** Reads memory and descriptors of running programs from /proc, some times a second. */
export class ProcessWatch {
  readonly #running = new Set<RunningProgram>();
  readonly #timer = setInterval(() => this.#read(), 250);
  #peaks: Peaks = { memory: 0, descriptors: 0 };

  add(program: RunningProgram): void {
    this.#running.add(program);
    program.child.once("close", () => this.#running.delete(program));
  }

  /** The peaks since the last call. */
  take(): Peaks {
    const peaks = this.#peaks;
    this.#peaks = { memory: 0, descriptors: 0 };
    return peaks;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #read(): void {
    for (const { pid } of this.#running) {
      try {
        const [, kilobytes = "0"] = /VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
        this.#peaks = {
          memory: Math.max(this.#peaks.memory, Math.round(Number(kilobytes) / 1024)),
          descriptors: Math.max(this.#peaks.descriptors, readdirSync(`/proc/${pid}/fd`).length),
        };
      } catch {
        // It has ended, or this is not Linux.
      }
    }
  }
}
