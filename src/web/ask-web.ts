import { EdenError, errorMessage, sanitize } from "../errors.js";
import { statusText, PROXY_SIGN_IN } from "../git/failures/http-rules.js";
import { secondsUntil } from "../git/http-trace.js";
import { connectionWords } from "../system/connection-words.js";
import { exchange } from "../system/http-exchange.js";
import { AnswerTooLarge, type HttpAnswer, type HttpRoute, type Validators } from "../system/http-message.js";
import { ProxyFailure } from "../system/http-proxy.js";
import { PrivateAddress } from "../system/public-address.js";
import { spanOf } from "../system/time-span.js";

/** Maximum redirects for one address. */
const MOST_REDIRECTS = 3;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** How a web server is asked. */
export interface WebAccess {
  /** `https://host[:port]` as the user gave it: what lies elsewhere is trusted less. */
  origin: string;
  stallMs: number;
  offline: boolean;
  routeTo: (url: URL) => HttpRoute;
  /** The code for a redirect or an address that is not followed. */
  refusal: "SITE_INVALID" | "ARCHIVE_INVALID";
}

/** One request, and what is sent with it. */
export interface WebRequest {
  /** GET if left out. Redirects of POST and PUT are not followed. */
  method?: "HEAD" | "POST" | "PUT";
  body?: Buffer;
  maxBytes: number;
  signal: AbortSignal;
  headers?: Readonly<Record<string, string>>;
  /** Sent to the origin alone. */
  authorization?: string | null;
  /** What an address sent before: it may answer 304 instead of sending it again. */
  known?: (Validators & { url: string }) | null;
  /** Bytes that arrived since the last call. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** The answer of an address, and its final address. */
export interface WebAnswer extends HttpAnswer {
  url: URL;
}

/**
 * Requests an address. Another host is accessed only by https, and only if it is public: neither an
 * index nor a redirect can make this machine access its private network.
 * @returns any answer that is not a temporary refusal, with its `status`.
 * @throws EdenError `refusal` for a redirect or an address that is not followed; `SKILL_UNSAFE` for
 *   an answer that is too large; `FETCH_THROTTLED`, `FETCH_NETWORK`; `OFFLINE_MISS`.
 */
export async function askWeb(access: WebAccess, url: URL, request: WebRequest): Promise<WebAnswer> {
  if (access.offline) {
    throw new EdenError("OFFLINE_MISS", `${shown(url)} is not on this machine, and --offline allows no fetch`, {
      stage: "fetch",
    });
  }
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const answer = await ask(access, at, request);
    const isFollowed = request.method !== "POST" && request.method !== "PUT";
    if (!isFollowed || !REDIRECTS.has(answer.status)) return { ...answer, url: at, body: bodyOf(access, answer, at) };
    if (redirects === MOST_REDIRECTS) throw notFollowed(access, url, `redirects more than ${MOST_REDIRECTS} times`);
    at = redirectTarget(access, at, answer.location);
  }
}

/** The destination of a redirect. @throws EdenError `refusal` for one that is not followed. */
export function redirectTarget(access: Pick<WebAccess, "refusal">, from: URL, location: string | null): URL {
  const next = location === null ? null : parseUrl(location, from);
  if (next === null) throw notFollowed(access, from, "redirects to nowhere");
  if (from.protocol !== "https:" || next.protocol === "https:") return next;
  throw notFollowed(access, from, `redirects to ${shown(next)}, which is not encrypted`);
}

/** Resolves an address relative to another one; null if it is invalid. */
export function parseUrl(text: string, base: URL): URL | null {
  if (!URL.canParse(text, base.href)) return null;
  const url = new URL(text, base.href);
  url.hash = "";
  return url;
}

/** The headers that ask whether a content has changed. */
function conditionsOf({ known }: WebRequest, url: URL): Record<string, string> {
  if (known?.url !== url.href) return {};
  const { etag, lastModified } = known;
  return {
    ...(etag !== null && { "If-None-Match": etag }),
    ...(lastModified !== null && { "If-Modified-Since": lastModified }),
  };
}

async function ask(access: WebAccess, url: URL, request: WebRequest): Promise<HttpAnswer> {
  const { method = "GET", body, maxBytes, signal, authorization, onBytes } = request;
  const isElsewhere = url.origin !== access.origin;
  if (url.username !== "" || url.password !== "") throw notFollowed(access, url, "holds a name or a password");
  if (isElsewhere && url.protocol !== "https:") throw notFollowed(access, url, "is on another host and not encrypted");
  // No compression is requested.
  const headers = {
    "User-Agent": "eden-skills",
    Accept: "*/*",
    "Accept-Encoding": "identity",
    ...conditionsOf(request, url),
    ...request.headers,
    ...(authorization != null && !isElsewhere && { Authorization: authorization }),
  };
  const limits = { maxBytes, stallMs: access.stallMs || 60_000, signal };
  const route = access.routeTo(url);
  const own = { method, ...(body !== undefined && { body }) } as const;
  const all = { ...own, headers, route, publicOnly: isElsewhere, ...limits };
  const answer = await exchange(url, all).catch((error: unknown) => {
    signal.throwIfAborted();
    throw failureOf(access, url, error);
  });
  onBytes?.(answer.body.length);
  const { status, retryAfter } = answer;
  const seconds = retryAfter === null ? null : secondsUntil(retryAfter, new Date());
  const facts = { stage: "fetch", ...(seconds !== null && { retryAfterSeconds: seconds }) };
  const wait = seconds === null ? "" : `; it asks for a wait of ${spanOf(seconds)}`;
  const message = `${shown(url)} ${statusText(status)}${wait}`;
  if (status === 429 || (status === 503 && seconds !== null)) throw new EdenError("FETCH_THROTTLED", message, facts);
  if (status >= 500) throw new EdenError("FETCH_NETWORK", message, facts);
  return answer;
}

/** What went wrong before there was an answer. */
function failureOf(access: WebAccess, url: URL, error: unknown): EdenError {
  const stage = "fetch";
  if (error instanceof AnswerTooLarge)
    return new EdenError("SKILL_UNSAFE", `${shown(url)} has ${error.message}`, { stage }, error);
  if (error instanceof PrivateAddress) return notFollowed(access, url, "is on another host", error);
  if (!(error instanceof ProxyFailure))
    return new EdenError("FETCH_NETWORK", `${shown(url)}: ${connectionWords(error)}`, { stage }, error);
  const { proxy, status, message } = error;
  const words = status === null ? message : `the proxy ${proxy} ${statusText(status)}`;
  const isSignIn = status === 407;
  const hint = isSignIn ? PROXY_SIGN_IN : "Check HTTPS_PROXY, NO_PROXY, and http.proxy of git's configuration.";
  return new EdenError(isSignIn ? "FETCH_AUTH" : "FETCH_NETWORK", `${shown(url)}: ${words}`, { stage, hint }, error);
}

/**
 * Refuses an unrequested content encoding; for an archive, the header may only describe the archive
 * itself.
 */
function bodyOf({ refusal }: WebAccess, { contentEncoding, body }: HttpAnswer, url: URL): Buffer {
  const isPlain = ["", "identity"].includes(contentEncoding.toLowerCase());
  if (isPlain || /\.t?gz$/iu.test(url.pathname)) return body;
  throw new EdenError(refusal, `${shown(url)} is compressed, which was not requested`, { stage: "fetch" });
}

function notFollowed({ refusal }: Pick<WebAccess, "refusal">, url: URL, why: string, cause?: unknown): EdenError {
  const message = `${shown(url)} ${why}${cause === undefined ? "" : `: ${errorMessage(cause)}`}`;
  return new EdenError(refusal, message, { stage: "fetch" }, cause);
}

function shown(url: URL): string {
  return sanitize(url.href.length > 200 ? `${url.href.slice(0, 200)}…` : url.href);
}
