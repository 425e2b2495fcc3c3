import { packBytes, type Mirror } from "../git/mirror.js";
import type { SyncWorld } from "./sync-world.js";

/** Milliseconds between two looks at what a fetch has received so far. */
const COUNT_EVERY_MS = 250;

/** Tells how many bytes arrive in a mirror, while they arrive: a budget must not wait for the end of a huge fetch. Never throws. */
export function countBytes(world: SyncWorld, task: string, mirror: Mirror): { end(): void } {
  const read = (otherwise: number) => {
    try {
      return packBytes(mirror);
    } catch {
      // Not worth a failure: the next look, or the fetch itself, will say what is wrong.
      return otherwise;
    }
  };
  let before = read(0);
  const count = () => {
    const now = read(before);
    if (now > before) world.emit({ type: "bytes-received", at: world.clock.now(), task, bytes: now - before });
    before = now;
  };
  const over = new AbortController();
  const watch = async () => {
    while (!over.signal.aborted) {
      await world.clock.sleep(COUNT_EVERY_MS, over.signal).then(count, () => undefined);
    }
  };
  void watch();
  return {
    end() {
      over.abort();
      count();
    },
  };
}
