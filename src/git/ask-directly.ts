import type { Git } from "./git.js";
import { EdenError } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import type { HttpAnswer } from "../system/http-message.js";
import { classifyFailure } from "./failure.js";
import { NO_HTTP, secondsUntil } from "./http-trace.js";
import type { Remote } from "./remote.js";

/** Maximum bytes of an answer: some thousands of refs that begin with a requested name. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The only settings of git that can change how the request is made. */
type AskedDirectly = Omit<Remote, "git"> & { git: Pick<Git, "host" | "owner"> };

/**
 * Requests the refs of a public repository without a process: one request of git's protocol,
 * version 2. Only over https, and over http on this machine; through the owner's proxy, and
 * trusting the authorities that the owner configured; never if another setting of the owner changes
 * how that host is contacted (`insteadOf`, `http.extraHeader`, client certificates), which only git
 * supports.
 * @param names full names of refs; `HEAD` is the default branch.
 * @returns object ids by name, in the form of `bytesOf`, and by `<name>^{}` the commit of an
 *   annotated tag; null if git must be asked, as after every unexpected answer: git explains
 *   failures better.
 * @throws EdenError if the server refuses temporarily (429, 5xx); the signal's reason when aborted.
 */
export async function askDirectly(
  { source, git, signal, stallMs }: AskedDirectly,
  names: readonly string[],
): Promise<Map<string, string> | null> {
  const url = addressOf(source);
  if (url === null || !isPlain(source, url, git)) return null;
  try {
    // A first run asks nothing this way, and should not load Node's HTTP before its first fetch.
    const { exchange } = await import("../system/http-exchange.js");
    const { httpRoute } = await import("./http-route.js");
    const headers = {
      "User-Agent": "git/eden-skills",
      "Git-Protocol": "version=2",
      "Content-Type": "application/x-git-upload-pack-request",
      Accept: "application/x-git-upload-pack-result",
    };
    const body = lsRefs(names);
    const route = httpRoute(url, git);
    const limits = { maxBytes: MOST_BYTES, stallMs: stallMs || 60_000, signal };
    const answer = await exchange(url, { method: "POST", headers, body, route, ...limits });
    if (isRefusal(answer.status)) throw refused(source, answer);
    const isAnswer = answer.status === 200 && answer.contentType === "application/x-git-upload-pack-result";
    return isAnswer ? parseRefs(answer.body) : null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EdenError) throw error;
    return null;
  }
}

/**
 * Except 501: a plain web server does not support POST, and git reads a repository from its files.
 */
function isRefusal(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
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

function addressOf({ transport, url }: RepositorySource): URL | null {
  if (transport !== "https" && transport !== "http") return null;
  const address = new URL(`${url.replace(/\/+$/u, "")}/git-upload-pack`);
  if (address.username !== "" || address.password !== "" || address.search !== "") return null;
  const isHere = ["127.0.0.1", "[::1]", "localhost"].includes(address.hostname);
  return transport === "https" || isHere ? address : null;
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

/**
 * The request, in lines that begin with their length as four hex digits; 0001 separates parts and
 * 0000 ends it.
 */
function lsRefs(names: readonly string[]): string {
  const line = (text: string) => (Buffer.byteLength(text) + 5).toString(16).padStart(4, "0") + `${text}\n`;
  const prefixes = names.map((name) => line(`ref-prefix ${name}`)).join("");
  return `${line("command=ls-refs")}0001${line("peel")}${prefixes}0000`;
}

/** Lines `<oid> <name>[ peeled:<oid>]`; null for anything else, or if the end is missing. */
function parseRefs(body: Buffer): Map<string, string> | null {
  const found = new Map<string, string>();
  for (let start = 0; ;) {
    const digits = body.subarray(start, start + 4).toString("latin1");
    if (!/^[0-9a-f]{4}$/u.test(digits)) return null;
    const length = Number.parseInt(digits, 16);
    if (length === 0) return start + 4 === body.length ? found : null;
    if (length <= 4 || start + length > body.length) return null;
    const line = body.subarray(start + 4, start + length).toString("latin1");
    const match = /^(?<oid>[0-9a-f]{40}(?:[0-9a-f]{24})?) (?<name>[^ \n]+)(?: .*?peeled:(?<commit>[0-9a-f]+))?/u.exec(
      line,
    );
    const { oid, name, commit } = match?.groups ?? {};
    if (oid === undefined || name === undefined) return null;
    found.set(name, oid);
    if (commit !== undefined) found.set(`${name}^{}`, commit);
    start += length;
  }
}
