import { Buffer } from "node:buffer";
import { bufferPassed } from "./release-memory.js";
import type { ClientRequest, IncomingMessage, request as Request, RequestOptions } from "node:http";

/** What a server answers before the content. */
export interface HttpHead {
  status: number;
  contentType: string;
  contentEncoding: string;
  retryAfter: string | null;
  /** How to sign in, as the server gives it. */
  authenticate: string | null;
  /** Where else to ask, as the server gives it. */
  location: string | null;
  validators: Validators;
}

/** What identifies a content in the next request, as the server gives it. */
export interface Validators {
  etag: string | null;
  lastModified: string | null;
}

export interface HttpAnswer extends HttpHead {
  /** Empty if a receiver took it. */
  body: Buffer;
}

/** Gets the body of an answer as it arrives. */
export interface AnswerReceiver {
  /** false: the body is kept, as without a receiver. */
  accepts(head: HttpHead): boolean;
  /** A returned promise pauses the answer; an exception ends the exchange. */
  take(chunk: Buffer): void | Promise<void>;
}

/** How a host is reached. */
export interface HttpRoute {
  /** Address of a proxy with its scheme, maybe with credentials; null for a direct connection. */
  proxy: string | null;
  /** Files of the authorities that are trusted in place of Node's own; empty for Node's own. */
  authorities: readonly string[];
}

export interface HttpRequest {
  method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT";
  headers: Readonly<Record<string, string>>;
  body?: string | Buffer;
  /** A larger answer ends the exchange, unless a receiver takes it. */
  maxBytes: number;
  receiver?: AnswerReceiver;
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

/** No byte was sent or received for so long. */
export class NoAnswer extends Error {
  constructor(readonly stallMs: number) {
    super(`no answer for ${stallMs} ms`);
  }
}

/**
 * Sends one request and reads the whole answer.
 * @param by the function of `node:http` or `node:https`, the agent, and what it needs beside them.
 * @param watch gets the request before it is sent; rejects the exchange with what it is given.
 * @throws AnswerTooLarge, NoAnswer, errors of the receiver, or the error as Node reports it.
 */
export async function send(
  url: URL,
  { method, headers, body, maxBytes, receiver, stallMs, signal }: HttpRequest,
  { request, ...options }: RequestOptions & { request: typeof Request },
  watch: (sent: ClientRequest, fail: (error: Error) => void) => void = () => {},
): Promise<HttpAnswer> {
  const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const all = { ...options, method, signal, timeout: stallMs, headers: { ...headers, ...length } };
  return await new Promise((resolve, reject) => {
    const sent = request(url, all, (answer) => void collect(answer, maxBytes, receiver).then(resolve, reject));
    watch(sent, reject);
    sent.on("timeout", () => sent.destroy(new NoAnswer(stallMs)));
    sent.on("error", reject);
    sent.end(body);
  });
}

async function collect(answer: IncomingMessage, maxBytes: number, receiver?: AnswerReceiver): Promise<HttpAnswer> {
  const head = headOf(answer);
  const isReceived = receiver?.accepts(head) === true;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    if (isReceived) {
      await receiver.take(part);
      bufferPassed(part.length);
      continue;
    }
    bytes += part.length;
    if (bytes > maxBytes) throw new AnswerTooLarge(maxBytes);
    parts.push(part);
  }
  return { ...head, body: Buffer.concat(parts) };
}

function headOf({ statusCode, headers }: IncomingMessage): HttpHead {
  return {
    status: statusCode ?? 0,
    contentType: headers["content-type"] ?? "",
    contentEncoding: headers["content-encoding"] ?? "",
    retryAfter: headers["retry-after"] ?? null,
    location: headers.location ?? null,
    validators: { etag: headers.etag ?? null, lastModified: headers["last-modified"] ?? null },
    authenticate: headers["www-authenticate"] ?? null,
  };
}
