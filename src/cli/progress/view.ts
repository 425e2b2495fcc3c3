import type { RunEvent } from "../../run/events.js";

/** Shows a command while it is active; its only input are the events of its runs. */
export interface ProgressView {
  show(event: RunEvent): void;
  /** The user has asked to stop: says what is being cancelled. */
  stopping(): void;
  /** Leaves the terminal to the shell, as the user has suspended the program. */
  suspend(): void;
  /** The program goes on. */
  resume(): void;
  /** Shows the remaining output, and restores the terminal. */
  close(): void;
  /** Restores the terminal at once, because the program is about to end. */
  abandon(): void;
}

/** No progress at all. */
export const NO_VIEW: ProgressView = { show() {}, stopping() {}, suspend() {}, resume() {}, close() {}, abandon() {} };
