const PARTIAL = String.raw`[v=]?\s*(?:\d{1,9}|[xX*])(?:\.(?:\d{1,9}|[xX*])){0,2}(?:-[0-9A-Za-z.-]{1,64})?(?:\+[0-9A-Za-z.-]{1,64})?`;
const COMPARATOR = String.raw`(?:(?:>=|<=|>|<|=|~>?|\^)\s*)?${PARTIAL}`;
const SET = String.raw`(?:${PARTIAL}\s+-\s+${PARTIAL}|${COMPARATOR}(?:\s+${COMPARATOR}){0,9})`;
/** One npm version range; also the pattern in the JSON Schema. */
export const VERSION_RANGE = new RegExp(String.raw`^${SET}(?:\s*\|\|\s*${SET}){0,9}$`);

/**
 * True for a version range in npm's grammar: `1.2.3`, `^2.0`, `~1.4`, `>=1 <3`, `1.x || 2.x`, `1.0 - 2.0`, `*`.
 *
 * A conservative shape check: what it accepts is decided by the registry's resolver, and what it refuses (an empty range, more
 * than ten comparators, a range over 200 characters) is nothing anyone writes. It exists so that reading a manifest needs no
 * semver library.
 */
export function isVersionRange(text: string): boolean {
  return text.length <= 200 && VERSION_RANGE.test(text);
}
