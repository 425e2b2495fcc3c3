/** Why a text is not a glob, or null if it is one. */
export function globProblem(text: string): string | null {
  if (text === "") return "a glob is not empty";
  if (text.length > 1024 || /[\p{Cc}\p{Cs}]/u.test(text)) return "a glob is one line of at most 1024 characters";
  if (text.startsWith("/") || /^[a-z]:/iu.test(text)) return "a glob is relative to the root of the source";
  if (text.split("/").includes("..")) return 'a glob does not leave the source: no ".."';
  if (text.includes("\\")) return 'a glob has no "\\"; separate directories with "/"';
  for (const [opening, closing] of ["[]", "{}", "()"] as const)
    if (!isClosed(text, opening ?? "", closing ?? "")) return `"${opening}" without "${closing}"`;
  return costProblem(text);
}

/**
 * A matcher tries all ways to divide a name among the wildcards, so its time grows with a power of
 * their number: with four, 20 ms for a name of 64 characters.
 */
function costProblem(text: string): string | null {
  const stars = (part: string) => part.match(/\*+/gu)?.length ?? 0;
  if (text.split("/").some((segment) => stars(segment) > MOST_STARS))
    return `at most ${MOST_STARS} "*" between two slashes`;
  if ((text.match(/\*\*+/gu)?.length ?? 0) > MOST_STARS) return `at most ${MOST_STARS} "**"`;
  return /\)[*+]/u.test(text) ? "a group is not repeated" : null;
}

const MOST_STARS = 4;

/** Why a text is not a glob for the sources of a policy, or null if it is one. */
export function sourceGlobProblem(text: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:\/\//iu.test(text)) return 'no scheme: write "github.com/acme" or "file:/srv/skills"';
  if (text === "") return globProblem(text);
  return globProblem(text.replace(/^(?:file|project):\/*/u, "") || "*");
}

/** True for a glob without wildcards. */
export function literalGlob(text: string): boolean {
  return !/[*?[\]{}()!]/u.test(text);
}

function isClosed(text: string, opening: string, closing: string): boolean {
  let open = 0;
  for (const character of text) {
    if (character === opening) open += 1;
    if (character === closing) open -= 1;
    if (open < 0) return false;
  }
  return open === 0;
}
