import { isDeepStrictEqual } from "node:util";
import type { Versions } from "./versions.js";

/**
 * The order of merged keys: that of the side that moved something, ours if both did. What only the
 * other side has follows its predecessor there.
 * @param kept the keys of the result.
 */
export function mergeOrder({ base, ours, theirs }: Versions<readonly string[]>, kept: ReadonlySet<string>): string[] {
  const common = (order: readonly string[]) =>
    order.filter((key) => base.includes(key) && ours.includes(key) && theirs.includes(key));
  const isMoved = (order: readonly string[]) => !isDeepStrictEqual(common(order), common(base));
  const [first, second] = !isMoved(ours) && isMoved(theirs) ? [theirs, ours] : [ours, theirs];
  const order = first.filter((key) => kept.has(key));
  for (const [index, key] of second.entries()) {
    if (!kept.has(key) || order.includes(key)) continue;
    // A table at the end of its side goes to the end; a key has to stay in its table.
    if (key.startsWith("[") && !second.slice(index).some((one) => order.includes(one))) {
      order.push(key);
      continue;
    }
    const before = second.slice(0, index).findLast((one) => order.includes(one));
    const after = before === undefined ? 0 : order.indexOf(before) + 1;
    // What the first side added at the same place comes first.
    const next = order.findIndex((one, at) => at >= after && (before === undefined || second.includes(one)));
    const at = next === -1 ? order.length : next;
    order.splice(at, 0, key);
  }
  return order;
}
