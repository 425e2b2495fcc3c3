import type { Agent, ClientRequest } from "node:http";
import { connectionWords } from "./connection-words.js";
import { send, type HttpAnswer, type HttpRequest } from "./http-message.js";

/** A proxy could not be reached, refused a tunnel, or wants a sign-in. */
export class ProxyFailure extends Error {
  /**
   * @param proxy its address without credentials.
   * @param status what it answered; null when there was no answer.
   */
  constructor(
    readonly proxy: string,
    readonly status: number | null,
    why: string,
    cause?: unknown,
  ) {
    super(`the proxy ${proxy}: ${why}`, { cause });
  }
}

const WANTS_SIGN_IN = 407;

/**
 * One exchange through a proxy: https in a tunnel (CONNECT), http by the whole address. Each has a
 * connection of its own, which ends with it: the agents do not end one that waits for the proxy.
 * @param ca certificates that are trusted, of the proxy as of the server.
 * @throws ProxyFailure, and as `send`.
 */
export async function throughProxy(
  url: URL,
  request: HttpRequest,
  { address, ca }: { address: string; ca: string[] | undefined },
): Promise<HttpAnswer> {
  const proxy = parse(address);
  const name = nameOf(proxy);
  const refused = (status: number) => new ProxyFailure(name, status, `answered ${status}`);
  const silent = new AbortController();
  const signal = AbortSignal.any([request.signal, silent.signal]);
  const trust = { rejectUnauthorized: true, ...(ca !== undefined && { ca }) };
  const agent = await agentFor(url, proxy, { signal, ...trust });
  const { request: sender } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
  const timer = setTimeout(() => silent.abort(), request.stallMs);
  let isThrough = false;
  const watch = (sent: ClientRequest, fail: (error: Error) => void) => {
    sent.on("proxyConnect", ({ statusCode = 200 }: { statusCode?: number }) => {
      clearTimeout(timer);
      isThrough = true;
      if (statusCode !== 200) fail(refused(statusCode));
    });
  };
  try {
    const answer = await send(url, { ...request, signal }, { request: sender, agent, ...trust }, watch);
    if (answer.status === WANTS_SIGN_IN) throw refused(answer.status);
    return answer;
  } catch (error) {
    if (isThrough || request.signal.aborted) throw error;
    const why = silent.signal.aborted ? `no answer for ${request.stallMs} ms` : connectionWords(error);
    throw new ProxyFailure(name, null, why, error);
  } finally {
    clearTimeout(timer);
  }
}

function parse(address: string): URL {
  const proxy = URL.canParse(address) ? new URL(address) : null;
  // An invalid address is not repeated: it may have a password, or half of one with a slash.
  if (proxy === null || proxy.pathname.includes("@"))
    throw new ProxyFailure("of this machine", null, "its address is not valid");
  if (proxy.protocol === "http:" || proxy.protocol === "https:") return proxy;
  throw new ProxyFailure(nameOf(proxy), null, "only http and https proxies are supported");
}

function nameOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

interface Options {
  signal: AbortSignal;
  rejectUnauthorized: boolean;
  ca?: string[];
}

async function agentFor({ protocol }: URL, proxy: URL, options: Options): Promise<Agent> {
  if (protocol === "https:") return new (await import("https-proxy-agent")).HttpsProxyAgent(proxy, options);
  return new (await import("http-proxy-agent")).HttpProxyAgent(proxy, options);
}
