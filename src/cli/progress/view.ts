import type { RunEvent } from "../../run/events.js";

/** Shows a run while it goes on; it knows nothing but the events. */
export interface ProgressView {
  show(event: RunEvent): void;
  /** Shows what is left to show, and leaves the terminal as it was. */
  close(): Promise<void>;
  /** The terminal as it was, at once: the program is about to end. */
  abandon(): void;
}
