import type { Clock } from "../system/clock.js";
import { packBytes, type Mirror } from "./mirror.js";

/** Milliseconds between two checks of the received bytes. */
const COUNT_EVERY_MS = 250;

/**
 * Reports the bytes that arrive in a mirror, while they arrive: a budget must not wait for the end
 * of a huge fetch. Never throws.
 */
export function countReceived(mirror: Mirror, clock: Clock, onBytes: (bytes: number) => void): { end(): void } {
  const read = (otherwise: number) => {
    try {
      return packBytes(mirror);
    } catch {
      // Not a failure: the next check, or the fetch itself, reports the problem.
      return otherwise;
    }
  };
  let before = read(0);
  const count = () => {
    const now = read(before);
    if (now > before) onBytes(now - before);
    before = now;
  };
  const watch = (): (() => void) =>
    clock.after(COUNT_EVERY_MS, () => {
      count();
      stop = watch();
    });
  let stop = watch();
  return {
    end() {
      stop();
      count();
    },
  };
}
