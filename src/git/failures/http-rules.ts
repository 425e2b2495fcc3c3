import { CHECK_ACCESS, CHECK_SPELLING } from "./access-rules.js";
import type { Diagnosis, Rule } from "./rule.js";

/** Temporary client errors. */
const TEMPORARY = new Set([408, 409, 421, 423, 425]);

const PHRASES: Readonly<Record<number, string>> = {
  400: "bad request",
  401: "sign-in needed",
  402: "payment required",
  403: "forbidden",
  404: "not found",
  405: "method not allowed",
  406: "not acceptable",
  407: "the proxy needs authentication",
  408: "request timeout",
  409: "conflict",
  410: "gone",
  412: "precondition failed",
  413: "content too large",
  421: "misdirected request",
  423: "locked",
  425: "too early",
  426: "upgrade required",
  429: "too many requests",
  431: "header fields too large",
  451: "unavailable for legal reasons",
  500: "internal server error",
  501: "not implemented",
  502: "bad gateway",
  503: "service unavailable",
  504: "gateway timeout",
  507: "insufficient storage",
  511: "network authentication required",
};

/** The next step after a proxy's 407. */
export const PROXY_SIGN_IN = "Give the proxy's address with user and password.";

/** `answered 503: service unavailable`. */
export function statusText(status: number): string {
  const phrase = PHRASES[status];
  return phrase === undefined ? `answered ${status}` : `answered ${status}: ${phrase}`;
}

/** The meaning of an HTTP status for the repository at that address. */
export function diagnoseStatus(status: number, remote: string): Diagnosis {
  const message = `${remote} ${statusText(status)}`;
  if (status === 401)
    return {
      code: "FETCH_AUTH",
      message: `${message}, or it does not exist: check the spelling`,
      hint: CHECK_SPELLING,
    };
  if (status === 403) return { code: "FETCH_AUTH", message, hint: CHECK_ACCESS };
  if (status === 407) return { code: "FETCH_AUTH", message, hint: PROXY_SIGN_IN };
  if (status === 404) return { code: "FETCH_NOT_FOUND", message };
  if (status === 410)
    return {
      code: "FETCH_NOT_FOUND",
      message,
      hint: "The server reports that it was removed permanently. Check whether it has moved.",
    };
  if (status === 429) return { code: "FETCH_THROTTLED", message };
  if (status < 400)
    return { code: "FETCH_NETWORK", message: `${message}: a redirect that is not followed`, isFinal: true };
  if (status >= 500 || TEMPORARY.has(status)) return { code: "FETCH_NETWORK", message };
  return {
    code: "FETCH_NETWORK",
    message,
    hint: "Check the address. A retry will not help.",
    isFinal: true,
  };
}

/** HTTP answers that are not from a git server. git's own message covers 404. */
export const HTTP_RULES: readonly Rule[] = [
  {
    pattern: /returned error: (?!404)(\d{3})/u,
    diagnose: ([, status], remote) => diagnoseStatus(Number(status), remote),
  },
  {
    pattern: /(?:CONNECT tunnel failed, response|Received HTTP code) (\d{3})/u,
    diagnose: ([, status], remote) => {
      const message = `${remote}: the proxy ${statusText(Number(status))}`;
      const isSignIn = Number(status) === 407;
      const hint = isSignIn ? PROXY_SIGN_IN : "Check the proxy's settings.";
      return { code: isSignIn ? "FETCH_AUTH" : "FETCH_NETWORK", message, hint };
    },
  },
  {
    pattern: /unable to update url base from redirection:(?:[^]{0,2000}\bredirect: (\S+))?/u,
    diagnose: ([, target = "another place"], remote) => {
      const isSignIn = /log-?in|sign-?in|sso|auth|saml|session/iu.test(target);
      const message = `${remote} redirects to ${target}, where there is no git repository`;
      if (!isSignIn) return { code: "FETCH_NOT_FOUND", message, hint: "Check the address; it may have moved." };
      return { code: "FETCH_AUTH", message, hint: `That looks like a sign-in page. ${CHECK_SPELLING}` };
    },
  },
  {
    pattern: /Maximum \(\d+\) redirects followed|Protocol "\S+" (?:not supported|disabled).*/u,
    diagnose: ([text], remote) => ({
      code: "FETCH_NETWORK",
      message: `${remote}: a redirect that is not followed: ${text}`,
      isFinal: true,
    }),
  },
];

/** git's messages if the answer to its first request is not from a git server. */
const NO_ANSWER =
  /couldn't find remote ref HEAD|not valid: is this a git repository|bad line length|expected flush|hung up unexpectedly|unknown protocol/u;

/**
 * A web page (a sign-in page, a captive portal) or another document in place of git's answer.
 * @param text git's message; null if git treated the document as an empty repository.
 * @param contentType of the last answer, "" for none; null if its status was not 200, or it was not
 *   over HTTP.
 */
export function diagnoseDocument(text: string | null, contentType: string | null, remote: string): Diagnosis | null {
  if (contentType === null || (text !== null && !NO_ANSWER.test(text))) return null;
  const isPage = /^(?:text\/html|application\/xhtml\+xml)/u.test(contentType);
  if (!isPage && !/^(?:application\/(?:[a-z.+-]*json|xml)|text\/xml|image\/|no content)/u.test(contentType))
    return null;
  const what = isPage ? `a web page (${contentType})` : contentType;
  return {
    code: "FETCH_NOT_FOUND",
    message: `there is no git repository at ${remote}: it answered with ${what}`,
    hint: "Check the address. It may be a sign-in page, or that of a captive portal: open it in a browser.",
  };
}
