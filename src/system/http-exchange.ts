import { certificatesIn } from "./authorities.js";
import type { RequestOptions, request as Request } from "node:http";
import { send, type HttpAnswer, type HttpRequest, type HttpRoute } from "./http-message.js";
import { throughProxy } from "./http-proxy.js";
import { isPrivateAddress, lookupPublic, PrivateAddress, requirePublicName } from "./public-address.js";

/**
 * One request and its answer. Follows no redirect and sends no credential but the proxy's. A direct
 * connection is kept for the next request.
 * @throws AnswerTooLarge, NoAnswer, PrivateAddress, ProxyFailure, errors of the receiver, or the
 *   error as Node reports it; the signal's reason when aborted.
 */
export async function exchange(url: URL, request: HttpRequest): Promise<HttpAnswer> {
  const { publicOnly = false, route, signal } = request;
  signal.throwIfAborted();
  const host = url.hostname.replace(/^\[|\]$/gu, "");
  // An address that is written out is never looked up.
  if (publicOnly && isPrivateAddress(host)) throw new PrivateAddress(host);
  try {
    if (route.proxy === null) return await send(url, request, await directly(url, route, publicOnly));
    if (publicOnly) await requirePublicName(host);
    return await throughProxy(url, request, { address: route.proxy, ca: certificatesIn(route.authorities) });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

type Transport = RequestOptions & { request: typeof Request };

const transports = new Map<string, Promise<Transport>>();

/** Connections that were checked to be public, or that trust other authorities, are kept apart. */
async function directly({ protocol }: URL, { authorities }: HttpRoute, publicOnly: boolean): Promise<Transport> {
  const key = JSON.stringify([protocol, publicOnly, ...authorities]);
  const made = transports.get(key) ?? connect(protocol, authorities, publicOnly);
  transports.set(key, made);
  // A file that cannot be read now may be there the next time.
  made.catch(() => transports.delete(key));
  return await made;
}

async function connect(protocol: string, authorities: readonly string[], publicOnly: boolean): Promise<Transport> {
  const { request, Agent } = protocol === "https:" ? await import("node:https") : await import("node:http");
  const ca = certificatesIn(authorities);
  // One context for all connections: reading a hundred certificates takes longer than the handshake.
  const secureContext = ca === undefined ? undefined : (await import("node:tls")).createSecureContext({ ca });
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: true, secureContext });
  return { request, agent, ...(publicOnly && { lookup: lookupPublic }) };
}
