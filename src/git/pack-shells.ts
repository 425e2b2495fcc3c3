import { WriteWindow } from "../system/write-window.js";
import type { Git } from "./git.js";
import { PackShell } from "./pack-shell.js";

/** The shells of a run: each has one pack at a time. */
export class PackShells {
  /**
   * For packs that are complete: to store one takes a few milliseconds, as much as to start another
   * shell.
   */
  readonly small = new WriteWindow();
  readonly #idle: PackShell[] = [];
  #areKept = false;

  /** One that is idle, or a new one. */
  take(git: Git): PackShell {
    const idle = this.#idle.pop();
    if (idle === undefined) return new PackShell(git);
    return idle.isOpen ? idle : this.take(git);
  }

  /** Takes back one that has stored its pack. Outside `keepDuring` it is ended. */
  async giveBack(shell: PackShell): Promise<void> {
    if (this.#areKept && shell.isOpen) this.#idle.push(shell);
    else await close(shell);
  }

  /** Keeps idle shells as long as the call lasts. */
  async keepDuring<T>(work: () => Promise<T>): Promise<T> {
    this.#areKept = true;
    try {
      return await work();
    } finally {
      this.#areKept = false;
      await Promise.all(this.#idle.splice(0).map(close));
    }
  }
}

async function close(shell: PackShell): Promise<void> {
  await shell.endInput();
  await shell.ended();
}
