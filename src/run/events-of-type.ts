import type { RunEvent } from "./events.js";

/** The event of one type. */
export type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** The events of one type, in their order. */
export function only<T extends RunEvent["type"]>(events: readonly RunEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

/** Whole milliseconds of the report; never negative. */
export function ms(value: number): number {
  return Math.max(0, Math.round(value));
}
