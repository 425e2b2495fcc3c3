import type { Problem } from "../../errors.js";

/** Warnings about manifest and lockfile, each once, in the order in which it was found. */
export class Warnings {
  readonly #found = new Map<string, Problem>();

  /** Takes one in. */
  readonly add = (warning: Problem): void => void this.#found.set(JSON.stringify(warning), warning);

  get all(): readonly Problem[] {
    return [...this.#found.values()];
  }
}
