import type { RepositorySource } from "../manifest/manifest.js";
import { readTextIfExists } from "../system/read-files.js";
import { removeTree } from "../system/change-trees.js";
import type { Git } from "./run-git.js";

/**
 * What an HTTP server asked for beside its refusal. git shows no response header in its messages, so it is told to write its exchange (the
 * headers only, credentials left out by git itself) to a file of ours, which is read when a call fails and removed in any case.
 */
export class ResponseHeaders {
  readonly environment: Readonly<Record<string, string>>;
  readonly #path: string | null;

  constructor(git: Pick<Git, "scratchFile">, remote: RepositorySource | undefined) {
    this.#path = remote?.transport === "https" || remote?.transport === "http" ? git.scratchFile() : null;
    this.environment =
      this.#path === null ? {} : { GIT_TRACE_CURL: this.#path, GIT_TRACE_CURL_NO_DATA: "1", GIT_TRACE_REDACT: "1" };
  }

  /** Seconds of the last `Retry-After`, given as a number or as a date; null when there was none. @param now for the date. */
  retryAfterSeconds(now: Date): number | null {
    const text = this.#path === null ? null : readTextIfExists(this.#path);
    const value = [...(text ?? "").matchAll(/<= Recv header: retry-after:\s*([^\r\n]+)/giu)].at(-1)?.[1]?.trim();
    return value === undefined ? null : secondsUntil(value, now);
  }

  dispose(): void {
    if (this.#path !== null) removeTree(this.#path);
  }
}

/** What a `Retry-After` says, a number of seconds or a date, in seconds from `now`; null when it says nothing. */
export function secondsUntil(value: string, now: Date): number | null {
  const seconds = /^\d+$/u.test(value) ? Number(value) : (Date.parse(value) - now.getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}
