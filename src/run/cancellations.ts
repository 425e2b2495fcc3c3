import { EdenError } from "../errors.js";

/** The skills of one run that its caller has cancelled. */
export class Cancellations {
  readonly #ids = new Set<string>();
  readonly #groups: { ids: readonly string[]; controller: AbortController }[] = [];

  /** Cancels skills; idempotent. */
  add(ids: readonly string[]): void {
    for (const id of ids) this.#ids.add(id);
    for (const { ids: group, controller } of this.#groups)
      if (this.#hasAll(group)) controller.abort(cancelledByCaller());
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Aborted, with an error as the reason, once all of these skills are cancelled. */
  signalFor(ids: readonly string[]): AbortSignal {
    const controller = new AbortController();
    this.#groups.push({ ids, controller });
    if (this.#hasAll(ids)) controller.abort(cancelledByCaller());
    return controller.signal;
  }

  #hasAll(ids: readonly string[]): boolean {
    return ids.every((id) => this.#ids.has(id));
  }
}

/** The diagnostic of a cancelled skill. */
export function cancelledByCaller(): EdenError {
  return new EdenError("CANCELLED", CANCELLED_BY_CALLER, { stage: "fetch" });
}

export const CANCELLED_BY_CALLER = "cancelled by the caller";
