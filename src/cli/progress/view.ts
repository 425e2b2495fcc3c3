import type { RunEvent } from "../../run/events.js";

/** Shows a run while it is active; its only input are the events. */
export interface ProgressView {
  show(event: RunEvent): void;
  /** Shows the remaining output, and restores the terminal. */
  close(): Promise<void>;
  /** Restores the terminal at once, because the program is about to end. */
  abandon(): void;
}
