import type { RunEvent } from "./events.js";

/** The event of one type. */
export type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** The events of one type, in their order. */
export function only<T extends RunEvent["type"]>(events: readonly RunEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

/** Events by their skill, each group in order. */
export function bySkill<E extends { skill: string | null }>(events: readonly E[]): Map<string | null, E[]> {
  const groups = new Map<string | null, E[]>();
  for (const event of events) {
    const group = groups.get(event.skill);
    if (group === undefined) groups.set(event.skill, [event]);
    else group.push(event);
  }
  return groups;
}

/** Whole milliseconds of the report; never negative. */
export function ms(value: number): number {
  return Math.max(0, Math.round(value));
}
