const PARTIAL = String.raw`[v=]?\s*(?:\d{1,9}|[xX*])(?:\.(?:\d{1,9}|[xX*])){0,2}(?:-[0-9A-Za-z.-]{1,64})?(?:\+[0-9A-Za-z.-]{1,64})?`;
const COMPARATOR = String.raw`(?:(?:>=|<=|>|<|=|~>?|\^)\s*)?${PARTIAL}`;
const SET = String.raw`(?:${PARTIAL}\s+-\s+${PARTIAL}|${COMPARATOR}(?:\s+${COMPARATOR}){0,9})`;
/** One npm version range; also the pattern in the JSON Schema. */
export const VERSION_RANGE = new RegExp(String.raw`^${SET}(?:\s*\|\|\s*${SET}){0,9}$`);

/**
 * True for a version range in npm's grammar: `1.2.3`, `^2.0`, `~1.4`, `>=1 <3`, `1.x || 2.x`, `1.0
 * - 2.0`, `*`.
 *
 * A conservative check of the form: the resolver of the registry decides about accepted ranges, and
 * refused ones (an empty range, more than ten comparators, more than 200 characters) do not occur
 * in practice. With it, reading a manifest needs no semver library.
 */
export function isVersionRange(text: string): boolean {
  return text.length <= 200 && VERSION_RANGE.test(text);
}
