import type { Git } from "./git.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { readTextIfExists } from "../system/read-files.js";
import { removeTree } from "../system/change-trees.js";

/** Observed facts of an exchange over HTTP. */
export interface HttpFacts {
  /** Seconds of the last `Retry-After`; null if there was none. */
  retryAfterSeconds: number | null;
  /**
   * The content type of the last answer ("no content" without one) if its status was a success;
   * null otherwise.
   */
  document: string | null;
  /** Why the connection failed, as an additional line for git's text; null if unknown. */
  cause: string | null;
  /** A tunnel through a proxy was requested. */
  isProxied: boolean;
}

export const NO_HTTP: HttpFacts = { retryAfterSeconds: null, document: null, cause: null, isProxied: false };

/**
 * Information that git does not print: headers of HTTP answers, and why a connection failed. git
 * writes its exchange (without contents; git itself omits credentials) to a file of ours, which is
 * read after a failed call and always removed.
 */
export class HttpTrace {
  readonly environment: Readonly<Record<string, string>>;
  readonly #path: string | null;

  constructor(git: Pick<Git, "scratchFile">, remote: RepositorySource | undefined) {
    this.#path = remote?.transport === "https" || remote?.transport === "http" ? git.scratchFile() : null;
    this.environment =
      this.#path === null ? {} : { GIT_TRACE_CURL: this.#path, GIT_TRACE_CURL_NO_DATA: "1", GIT_TRACE_REDACT: "1" };
  }

  /** @param now for a `Retry-After` that is a date. */
  read(now: Date): HttpFacts {
    const text = this.#path === null ? null : readTextIfExists(this.#path);
    if (text === null) return NO_HTTP;
    const retryAfter = lastOf(text, /<= Recv header: retry-after:\s*([^\r\n]+)/giu);
    return {
      retryAfterSeconds: retryAfter === null ? null : secondsUntil(retryAfter, now),
      document: documentOf(text),
      cause: connectFailureOf(text),
      isProxied: /Send header: CONNECT |== Info: SOCKS/u.test(text),
    };
  }

  dispose(): void {
    if (this.#path !== null) removeTree(this.#path);
  }
}

function documentOf(text: string): string | null {
  const answers = text.split(/<= Recv header: (?=HTTP\/[\d.]+ \d{3})/u);
  const last = answers.length > 1 ? (answers.at(-1) ?? "") : "";
  const status = /^HTTP\/[\d.]+ (\d{3})/u.exec(last)?.[1];
  if (status === "204") return "no content";
  if (status === undefined || !status.startsWith("2")) return null;
  return lastOf(last, /<= Recv header: content-type:\s*([^\r\n]+)/giu)?.toLowerCase() ?? "";
}

/**
 * `connect to 127.0.0.1 port 1 failed: Connection refused`, for the last address that was tried.
 */
function connectFailureOf(text: string): string | null {
  return lastOf(text, /== Info: (connect to \S+ port \d+ (?:from \S+ port \d+ )?failed: [^\r\n]+)/giu);
}

function lastOf(text: string, pattern: RegExp): string | null {
  return [...text.matchAll(pattern)].at(-1)?.[1]?.trim() ?? null;
}

/**
 * Parses a `Retry-After`, a number of seconds or a date, into seconds from `now`; null if it is
 * invalid.
 */
export function secondsUntil(value: string, now: Date): number | null {
  const seconds = /^\d+$/u.test(value) ? Number(value) : (Date.parse(value) - now.getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}
