import { isDeepStrictEqual } from "node:util";
import type { Versions } from "./versions.js";

/**
 * The order of merged keys: that of the side that moved something, ours if both did. What only the
 * other side has follows its predecessor there.
 * @param kept the keys of the result.
 */
export function mergeOrder({ base, ours, theirs }: Versions<readonly string[]>, kept: ReadonlySet<string>): string[] {
  const [inBase, inOurs, inTheirs] = [new Set(base), new Set(ours), new Set(theirs)];
  const common = (order: readonly string[]) =>
    order.filter((key) => inBase.has(key) && inOurs.has(key) && inTheirs.has(key));
  const isMoved = (order: readonly string[]) => !isDeepStrictEqual(common(order), common(base));
  const isTheirs = !isMoved(ours) && isMoved(theirs);
  const [first, second, inSecond] = isTheirs ? [theirs, ours, inOurs] : [ours, theirs, inTheirs];
  const order = first.filter((key) => kept.has(key));
  const placed = new Set(order);
  const lastShared = second.findLastIndex((key) => placed.has(key));
  let before: string | null = null;
  for (const [index, key] of second.entries()) {
    if (!kept.has(key)) continue;
    if (!placed.has(key)) {
      // A table at the end of its side goes to the end; a key has to stay in its table.
      const at = key.startsWith("[") && index > lastShared ? order.length : placeAfter(order, before, inSecond);
      order.splice(at, 0, key);
      placed.add(key);
    }
    before = key;
  }
  return order;
}

/** The place after a key; what the first side alone added there comes first. */
function placeAfter(order: readonly string[], before: string | null, inSecond: ReadonlySet<string>): number {
  const from = before === null ? 0 : order.indexOf(before) + 1;
  const next = order.findIndex((one, at) => at >= from && (before === null || inSecond.has(one)));
  return next === -1 ? order.length : next;
}
