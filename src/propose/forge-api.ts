import * as z from "zod/mini";
import { EdenError, errorMessage, sanitize } from "../errors.js";
import { statusText } from "../git/failures/http-rules.js";
import { connectionWords } from "../system/connection-words.js";
import { exchange } from "../system/http-exchange.js";
import type { HttpRequest, HttpRoute } from "../system/http-message.js";
import { AnswerTooLarge } from "../system/http-message.js";

/** How the API of a host is reached. */
export interface ApiAccess {
  /** `GitHub` or `GitLab`. */
  host: string;
  /** The address of the repository in the API, without a slash at the end. */
  base: string;
  /** The name of the repository, for messages. */
  repository: string;
  headers: Readonly<Record<string, string>>;
  /** Never shown: it is masked in whatever the server answers. */
  token: string;
  /** The variable that it came from. */
  variable: string;
  /** The permissions that it needs, in the words of the host. */
  permissions: string;
  routeTo: (url: URL) => HttpRoute;
  /** Milliseconds without a byte. */
  stallMs: number;
  signal: AbortSignal;
}

/** Maximum bytes of an answer. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Maximum characters of the server's own words in a message. */
const MOST_WORDS = 300;

/** The REST API of a host, for one repository. It follows no redirect, and repeats nothing. */
export class ForgeApi {
  constructor(private readonly access: ApiAccess) {}

  /**
   * The answer, read with a schema.
   * @param path below the repository.
   * @throws EdenError `API_AUTH` (401), `API_FORBIDDEN` (403), `API_NOT_FOUND` (404),
   *   `API_UNREACHABLE` (no answer, 429, 5xx), `API_REFUSED` (all others, and what is not the
   *   expected document).
   */
  async ask<T>(schema: z.ZodMiniType<T>, method: HttpRequest["method"], path: string, body?: object): Promise<T> {
    const { base, headers, stallMs, signal } = this.access;
    const url = new URL(`${base}${path}`);
    const json = body === undefined ? {} : { "Content-Type": "application/json" };
    const answer = await exchange(url, {
      method,
      headers: { "User-Agent": "eden-skills", "Accept-Encoding": "identity", ...headers, ...json },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      maxBytes: MOST_BYTES,
      stallMs,
      signal,
      route: this.access.routeTo(url),
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      const why = error instanceof AnswerTooLarge ? errorMessage(error) : connectionWords(error);
      throw this.#error("API_UNREACHABLE", `${url.pathname}: ${why}`, RETRY_HINT, error);
    });
    const text = answer.body.toString("utf8");
    if (answer.status < 200 || answer.status > 299) throw this.#refusal(url, answer.status, text);
    const read = schema.safeParse(parsed(text));
    if (read.success) return read.data;
    throw this.#error("API_REFUSED", `${url.pathname} did not answer as an API does`, API_HINT);
  }

  #refusal(url: URL, status: number, text: string): EdenError {
    const { repository, variable, permissions } = this.access;
    const words = wordsOf(parsed(text));
    const said = `${url.pathname} ${statusText(status)}${words === "" ? "" : `: ${words}`}`;
    const needs = `${variable} needs: ${permissions}.`;
    if (status === 401)
      return this.#error("API_AUTH", said, `Check that the token in ${variable} is valid and has not expired.`);
    if (status === 403) return this.#error("API_FORBIDDEN", said, needs);
    if (status === 404) {
      const hint = `Check the name ${repository}; without access, a repository looks missing. ${needs}`;
      return this.#error("API_NOT_FOUND", said, hint);
    }
    if (status === 429 || status >= 500) return this.#error("API_UNREACHABLE", said, RETRY_HINT);
    return this.#error("API_REFUSED", said, status < 400 ? API_HINT : REFUSED_HINT);
  }

  #error(code: string, why: string, hint: string, cause?: unknown): EdenError {
    const { host, base, token } = this.access;
    const text = sanitize(`${host} (${new URL(base).origin}): ${why}`.replaceAll(token, "***"));
    return new EdenError(code, text, { stage: "propose", hint: sanitize(hint) }, cause);
  }
}

const RETRY_HINT = "Run the command again later: it continues where it ended.";
const API_HINT =
  "Check the address of the API and the name of the repository; a renamed one is answered by a redirect.";
const REFUSED_HINT = "Check that the base branch exists, and that the repository allows pull requests.";

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const refusalSchema = z.object({
  message: z.optional(z.unknown()),
  error: z.optional(z.unknown()),
  errors: z.optional(z.unknown()),
});

/** What the server says about a refusal; GitHub and GitLab write strings, lists and objects. */
function wordsOf(document: unknown): string {
  const read = refusalSchema.safeParse(document);
  if (!read.success) return "";
  const { message, error, errors } = read.data;
  const words = [message, error, errors].flatMap(textsIn).join("; ");
  return words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.slice(0, 5).flatMap(textsIn);
  const read = refusalSchema.safeParse(value);
  return read.success ? textsIn(read.data.message) : [];
}
