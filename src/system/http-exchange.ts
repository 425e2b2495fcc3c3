import { Buffer } from "node:buffer";
import type { Agent, IncomingMessage, request as Request, RequestOptions } from "node:http";
import { lookupPublic } from "./public-address.js";

export interface HttpAnswer {
  status: number;
  contentType: string;
  contentEncoding: string;
  retryAfter: string | null;
  /** Where else to ask, as the server says it. */
  location: string | null;
  body: Buffer;
}

export interface HttpExchange {
  method: "GET" | "POST";
  headers: Readonly<Record<string, string>>;
  body: string | null;
  /** More than this ends it. */
  maxBytes: number;
  /** Milliseconds without a byte after which it is ended. */
  stallMs: number;
  signal: AbortSignal;
  /** Never to an address of this machine or of a private network, whatever the name resolves to. */
  publicOnly?: boolean;
}

/** The answer was larger than allowed. */
export class AnswerTooLarge extends Error {
  constructor(readonly maxBytes: number) {
    super(`more than ${maxBytes} bytes`);
  }
}

/**
 * One request over a connection that is kept for the next one. Follows no redirect, sends no credential, uses no proxy.
 * @throws AnswerTooLarge, PrivateAddress, or whatever went wrong, as Node tells it; the signal's reason when aborted.
 */
export async function exchange(
  url: URL,
  { method, headers, body, maxBytes, stallMs, signal, publicOnly = false }: HttpExchange,
): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const { request, agent } = await transportOf(url.protocol, publicOnly);
  try {
    return await new Promise((resolve, reject) => {
      const length = body === null ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
      const options: RequestOptions = {
        method,
        agent,
        signal,
        timeout: stallMs,
        headers: { ...headers, ...length },
        ...(publicOnly && { lookup: lookupPublic }),
      };
      const sent = request(url, options, (answer) => void collect(answer, maxBytes).then(resolve, reject));
      sent.on("timeout", () => sent.destroy(new Error(`no answer for ${stallMs} ms`)));
      sent.on("error", reject);
      sent.end(body ?? undefined);
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function collect(answer: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer) {
    bytes += (part as Buffer).length;
    if (bytes > maxBytes) throw new AnswerTooLarge(maxBytes);
    parts.push(part as Buffer);
  }
  return {
    status: answer.statusCode ?? 0,
    contentType: answer.headers["content-type"] ?? "",
    contentEncoding: answer.headers["content-encoding"] ?? "",
    retryAfter: answer.headers["retry-after"] ?? null,
    location: answer.headers.location ?? null,
    body: Buffer.concat(parts),
  };
}

interface Transport {
  request: typeof Request;
  agent: Agent;
}

const transports = new Map<string, Promise<Transport>>();

/** Connections that were checked to be public are kept apart from the others. */
async function transportOf(protocol: string, publicOnly: boolean): Promise<Transport> {
  const key = `${protocol}${publicOnly}`;
  const known = transports.get(key);
  if (known !== undefined) return await known;
  const made = (async (): Promise<Transport> => {
    const module = protocol === "https:" ? await import("node:https") : await import("node:http");
    return { request: module.request, agent: new module.Agent({ keepAlive: true, rejectUnauthorized: true }) };
  })();
  transports.set(key, made);
  return await made;
}
