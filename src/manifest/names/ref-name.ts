const LONGEST = 250;

/**
 * Why a text cannot be the name of a branch, a tag or a commit, or null if it can: the rules of
 * git's own `check-ref-format`, and no leading `-`, since the name is used on a command line.
 */
export function refProblem(ref: string): string | null {
  if (ref === "") return "a ref is not empty; leave the key out for the default branch";
  if (ref.length > LONGEST) return `a ref has at most ${LONGEST} characters`;
  if (ref.startsWith("-")) return 'a ref does not begin with "-"';
  if (/[\s\p{Cc}\p{Cf}\p{Cs}]/u.test(ref)) return "a ref holds no space and no control character";
  const forbidden = /[~^:?*[\\]|\.\.|@\{|\/\//.exec(ref)?.[0];
  if (forbidden !== undefined) return `a ref does not hold "${forbidden}"`;
  if (ref === "@" || /^\/|\/$|\.$/.test(ref))
    return 'a ref is not "@", and neither begins with "/" nor ends with "/" or "."';
  if (ref.split("/").some((part) => part.startsWith(".") || part.endsWith(".lock"))) {
    return 'no part of a ref begins with "." or ends with ".lock"';
  }
  return null;
}
