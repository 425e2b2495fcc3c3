import type { EventOf } from "../../run/events-of-type.js";
import { oneLine } from "../views/one-line.js";

/**
 * A change of a limit in a few words: `limit 10 → 7: few descriptors`; that of one host names the
 * host.
 */
export function limitChange({ from, to, governor, reason }: EventOf<"limit-changed">): string {
  if (governor === "throttle") {
    const [host] = oneLine(reason).split(": ", 1);
    return `${host} ${from} → ${to} at once: ${to < from ? "it asks for fewer requests" : "it serves again"}`;
  }
  const [lowered, raised] = REASONS[governor];
  return `limit ${from} → ${to}: ${to < from ? lowered : raised}`;
}

/** Why a governor lowers and raises the limit. */
const REASONS = {
  descriptors: ["few descriptors", "descriptors are free again"],
  load: ["the machine is busy", "the machine has room"],
  memory: ["little memory is free", "memory is free again"],
  throughput: ["more at once was slower", "trying more at once"],
} as const;
