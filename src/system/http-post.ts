import type { Agent, IncomingMessage, request as Request, RequestOptions } from "node:http";
import { Buffer } from "node:buffer";

export interface HttpAnswer {
  status: number;
  contentType: string;
  retryAfter: string | null;
  body: Buffer;
}

export interface HttpPost {
  headers: Readonly<Record<string, string>>;
  body: string;
  /** More than this ends it. */
  maxBytes: number;
  /** Milliseconds without a byte after which it is ended. */
  stallMs: number;
  signal: AbortSignal;
}

/**
 * One POST over a connection that is kept for the next one. Follows no redirect, sends no credential, uses no proxy.
 * @throws whatever went wrong, as Node tells it; the signal's reason when aborted.
 */
export async function post(url: URL, { headers, body, maxBytes, stallMs, signal }: HttpPost): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const { request, agent } = await transportOf(url.protocol);
  try {
    return await new Promise((resolve, reject) => {
      const length = String(Buffer.byteLength(body));
      const options: RequestOptions = {
        method: "POST",
        agent,
        signal,
        timeout: stallMs,
        headers: { ...headers, "Content-Length": length },
      };
      const sent = request(url, options, (answer) => collect(answer, maxBytes).then(resolve, reject));
      sent.on("timeout", () => sent.destroy(new Error(`no answer for ${stallMs} ms`)));
      sent.on("error", reject);
      sent.end(body);
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
    if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    parts.push(part as Buffer);
  }
  return {
    status: answer.statusCode ?? 0,
    contentType: answer.headers["content-type"] ?? "",
    retryAfter: answer.headers["retry-after"] ?? null,
    body: Buffer.concat(parts),
  };
}

interface Transport {
  request: typeof Request;
  agent: Agent;
}

const transports = new Map<string, Promise<Transport>>();

async function transportOf(protocol: string): Promise<Transport> {
  const known = transports.get(protocol);
  if (known !== undefined) return await known;
  const made = (async (): Promise<Transport> => {
    const module = protocol === "https:" ? await import("node:https") : await import("node:http");
    return { request: module.request, agent: new module.Agent({ keepAlive: true, rejectUnauthorized: true }) };
  })();
  transports.set(protocol, made);
  return await made;
}
