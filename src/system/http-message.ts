import { Buffer } from "node:buffer";
import type { ClientRequest, IncomingMessage, request as Request, RequestOptions } from "node:http";

export interface HttpAnswer {
  status: number;
  contentType: string;
  contentEncoding: string;
  retryAfter: string | null;
  /** Where else to ask, as the server gives it. */
  location: string | null;
  body: Buffer;
}

/** How a host is reached. */
export interface HttpRoute {
  /** Address of a proxy with its scheme, maybe with credentials; null for a direct connection. */
  proxy: string | null;
  /** Files of the authorities that are trusted in place of Node's own; empty for Node's own. */
  authorities: readonly string[];
}

export interface HttpRequest {
  method: "GET" | "POST";
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** A larger answer ends the exchange. */
  maxBytes: number;
  /** Milliseconds without a byte after which the exchange is ended. */
  stallMs: number;
  signal: AbortSignal;
  route: HttpRoute;
  /** Never to an address of this machine or of a private network, however the name resolves. */
  publicOnly?: boolean;
}

/** The answer was larger than allowed. */
export class AnswerTooLarge extends Error {
  constructor(readonly maxBytes: number) {
    super(`more than ${maxBytes} bytes`);
  }
}

/**
 * Sends one request and reads the whole answer.
 * @param by the function of `node:http` or `node:https`, the agent, and what it needs beside them.
 * @param watch gets the request before it is sent; rejects the exchange with what it is given.
 * @throws AnswerTooLarge, or the error as Node reports it.
 */
export async function send(
  url: URL,
  { method, headers, body, maxBytes, stallMs, signal }: HttpRequest,
  { request, ...options }: RequestOptions & { request: typeof Request },
  watch: (sent: ClientRequest, fail: (error: Error) => void) => void = () => {},
): Promise<HttpAnswer> {
  const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const all = { ...options, method, signal, timeout: stallMs, headers: { ...headers, ...length } };
  return await new Promise((resolve, reject) => {
    const sent = request(url, all, (answer) => void collect(answer, maxBytes).then(resolve, reject));
    watch(sent, reject);
    sent.on("timeout", () => sent.destroy(new Error(`no answer for ${stallMs} ms`)));
    sent.on("error", reject);
    sent.end(body);
  });
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
