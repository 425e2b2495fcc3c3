/**
 * The one error class of the project, and the two functions that every foreign text passes before
 * it is shown. Expected failures are values or an EdenError; any other exception is a bug.
 */

/** One problem of the manifest, the lockfile or the command line. */
export interface Problem {
  code: string;
  severity: "error" | "warning";
  /** Field path: `skills[2].source.repo`; "" for the whole file. */
  path: string;
  message: string;
  /** From 1; null if unknown. */
  line: number | null;
  column: number | null;
}

/** Facts about an error, as far as they are known. */
export interface ErrorFacts {
  /** The stage where it happened: resolve, fetch, materialise, install, verify … */
  stage?: string;
  /** A file or directory, absolute. */
  path?: string;
  /** Seconds that the server asked us to wait. */
  retryAfterSeconds?: number;
  /** A retry cannot change the result. */
  isFinal?: true;
  /** The exit code if this error ends the program: that of the received signal. */
  exitCode?: number;
  /** One line with the next step for the user. */
  hint?: string;
  /** All problems of the manifest, for an error that represents them. */
  problems?: readonly Problem[];
}

/**
 * An expected failure. `code` is one of the codes of the contract; `cause` keeps the caught error.
 */
export class EdenError extends Error {
  readonly code: string;
  readonly facts: ErrorFacts;

  constructor(code: string, message: string, facts: ErrorFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "EdenError";
    this.code = code;
    this.facts = facts;
  }
}

/** The `code` of a Node system error (ENOENT …), or of an EdenError, or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The message of any thrown value, redacted and safe to print. */
export function errorMessage(error: unknown): string {
  return sanitize(error instanceof Error ? error.message : String(error));
}

/** Maximum characters of foreign text that are shown. */
const LONGEST_TEXT = 4096;

const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu;

/**
 * Makes foreign text safe for a terminal, a log and JSON: control characters, bidirectional
 * overrides and tag characters become a visible `\x1b` form (newline and tab stay), and credentials
 * in URLs are masked.
 */
export function sanitize(text: string): string {
  return redact(text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text).replace(
    UNPRINTABLE,
    (character) => {
      const point = character.codePointAt(0) ?? 0;
      return point < 0x100 ? `\\x${point.toString(16).padStart(2, "0")}` : `\\u{${point.toString(16)}}`;
    },
  );
}

/**
 * Masks the user-info of every URL in a text, except a bare user name such as `git@`; also if a
 * slash or the scheme is missing. The parts are bounded: the time for a hostile text is
 * proportional to its length.
 */
export function redact(text: string): string {
  return text.replace(
    /(\b[a-z][a-z0-9+.-]{0,20}:\/{1,2}|\/\/)([^/\s@'"]{1,512})@/giu,
    (whole, before: string, user: string) => (isName(user) ? whole : `${before}***@`),
  );
}

function isName(user: string): boolean {
  return /^[a-z_][a-z0-9_-]{0,31}$/iu.test(user) && !looksLikeToken(user);
}

/**
 * True for a user part that is probably a token and not a name (GitHub, GitLab and generic long
 * secrets).
 */
export function looksLikeToken(user: string): boolean {
  return /^(gh[pousr]_|github_pat_|glpat-|x-access-token|xox[bp]-)/iu.test(user) || /^[a-z0-9_-]{20,}$/iu.test(user);
}
