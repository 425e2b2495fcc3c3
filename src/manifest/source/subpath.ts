const LONGEST = 1024;

/** The part of the grammar that JSON Schema can express. */
export const SUBPATH = /^[^/\\:-][^\\:]*$/;

/**
 * A subpath in its normal spelling ("." for the root, no leading "./", no trailing "/"), or why it
 * is refused.
 */
export type Subpath = { subpath: string } | { problem: string };

/**
 * Reads the directory of a skill inside its source. It names a directory inside the repository and
 * nothing else, on every operating system: no absolute path, no "..", no drive, no backslash.
 */
export function readSubpath(text: string): Subpath {
  const problem = subpathProblem(text);
  return problem === null ? { subpath: normalSubpath(text) } : { problem };
}

/** The normal spelling of a valid subpath. */
export function normalSubpath(text: string): string {
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 ? "." : parts.join("/");
}

/** Why a text cannot be a subpath, or null if it can. */
export function subpathProblem(text: string): string | null {
  if (text === "") return 'a subpath is not empty; "." is the root of the source';
  if (text.length > LONGEST) return `a subpath has at most ${LONGEST} characters`;
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text)) return "a subpath holds no control character";
  if (text.startsWith("/") || /^[a-z]:/i.test(text)) return "a subpath is relative to the root of the source";
  if (text.startsWith("-")) return 'a subpath does not begin with "-"';
  if (/[\\:]/.test(text)) return 'a subpath holds neither "\\" nor ":"; separate directories with "/"';
  for (const part of text.split("/")) {
    if (part === "..") return 'a subpath does not leave the source: no ".."';
    if (part !== "." && /[. ]$/.test(part)) return "no part of a subpath ends with a dot or a space";
    if (part.toLowerCase() === ".git") return 'a subpath does not lead into ".git"';
  }
  return null;
}
