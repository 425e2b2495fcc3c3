import { type EdenError, errorCode } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { isExhausted } from "../system/exhausted.js";
import type { AnswerReceiver, HttpAnswer } from "../system/http-message.js";
import { classifyFailure } from "./failure.js";
import type { Git } from "./git.js";
import { NO_HTTP, secondsUntil } from "./http-trace.js";
import type { Remote } from "./remote.js";

/** The only settings of git that can change how the request is made. */
export type PlainRemote = Omit<Remote, "git"> & { git: Pick<Git, "host" | "owner"> };

/** A request of git's protocol, version 2, and the most bytes of an answer that is not streamed. */
interface Message {
  body: string;
  maxBytes: number;
  receiver?: AnswerReceiver;
}

/**
 * Sends one request to a public repository without git (decision 0028): only over https, and over
 * http on this machine; through the owner's proxy, and trusting the authorities that the owner
 * configured; never if another setting of the owner changes how that host is contacted
 * (`insteadOf`, `http.extraHeader`, client certificates), which only git supports.
 * @returns null if git must be asked.
 * @throws EdenError if the server is under load (429, 5xx, 403 with `Retry-After`); as `exchange`.
 */
export async function postPlainly(
  { source, git, signal, stallMs }: PlainRemote,
  { body, maxBytes, receiver }: Message,
): Promise<HttpAnswer | null> {
  const url = plainAddress(source, git);
  if (url === null) return null;
  // A run with nothing to do loads nothing of HTTP.
  const { exchange } = await import("../system/http-exchange.js");
  const { httpRoute } = await import("./http-route.js");
  const headers = {
    "User-Agent": "git/eden-skills",
    "Git-Protocol": "version=2",
    "Content-Type": "application/x-git-upload-pack-request",
    Accept: ANSWER_TYPE,
  };
  const answer = await exchange(url, {
    method: "POST",
    headers,
    body,
    maxBytes,
    signal,
    stallMs: stallMs || 60_000,
    route: httpRoute(url, git),
    ...(receiver !== undefined && { receiver }),
  });
  if (isRefusal(answer)) throw refused(source, answer);
  return answer;
}

/** True for an answer of git's protocol. */
export function isAnswer({ status, contentType }: Pick<HttpAnswer, "status" | "contentType">): boolean {
  return status === 200 && contentType === ANSWER_TYPE;
}

const ANSWER_TYPE = "application/x-git-upload-pack-result";

/** True if the connection failed for a reason that the next request need not meet. */
export function isPassing(error: unknown): boolean {
  return isExhausted(error) || ["ECONNRESET", "EPIPE"].includes(errorCode(error) ?? "");
}

/**
 * True for a server under load. Not 501: a plain web server does not support POST, and git reads a
 * repository from its files.
 */
function isRefusal({ status, retryAfter }: HttpAnswer): boolean {
  return status === 429 || (status === 403 && retryAfter !== null) || (status >= 500 && status !== 501);
}

/**
 * A server that throttles or fails is not asked again: this failure equals the one that git would
 * report.
 */
function refused(source: RepositorySource, { status, retryAfter }: HttpAnswer): EdenError {
  const stderr = `fatal: the requested URL returned error: ${status}`;
  const retryAfterSeconds = retryAfter === null ? null : secondsUntil(retryAfter, new Date());
  return classifyFailure({ stderr, exitCode: 128, signal: null }, source, { ...NO_HTTP, retryAfterSeconds });
}

/** The address to send a request to; null if git must be asked. */
function plainAddress(source: RepositorySource, git: Pick<Git, "host" | "owner">): URL | null {
  const { transport, url } = source;
  if (transport !== "https" && transport !== "http") return null;
  const address = new URL(`${url.replace(/\/+$/u, "")}/git-upload-pack`);
  if (address.username !== "" || address.password !== "" || address.search !== "") return null;
  const isHere = ["127.0.0.1", "[::1]", "localhost"].includes(address.hostname);
  return (transport === "https" || isHere) && isPlain(source, address, git) ? address : null;
}

/** True if no setting of the owner changes how or where git asks, except those of `httpRoute`. */
function isPlain(source: RepositorySource, url: URL, { host, owner }: Pick<Git, "host" | "owner">): boolean {
  const isSet = ([name, value]: [string, string | undefined]) => VARIABLES.test(name) && (value ?? "") !== "";
  return (
    !Object.entries(host.env).some(isSet) &&
    owner.rewriteOf(source.url) === null &&
    owner.forbids(source.transport) === null &&
    !owner.dependOnRemote &&
    !owner.affectsRequestsTo(url)
  );
}

/** Further variables of git and its libraries that change how a request is made. */
const VARIABLES =
  /^(?:ssl_cert_dir|nix_ssl_cert_file|curl_\w+|git_ssl_(?!cainfo$)\w+|git_(?:http|proxy|curl)_\w+|node_tls_reject_unauthorized)$/iu;
