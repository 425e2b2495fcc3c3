import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Line } from "./line.js";

/** Answers a request in place of the registry; false: the registry answers. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A registry behind a proxy that counts and can be disturbed. */
export interface RegistryProxy {
  /** `127.0.0.1:PORT` */
  host: string;
  /** `METHOD path` of each request. */
  log: string[];
  /** Bytes of all bodies sent. */
  bytes: number;
  intercept: Intercept | null;
  /** Changes an answer of the registry. */
  alter: ((path: string, body: Buffer) => Buffer) | null;
  /** Milliseconds added to every request. */
  latencyMs: number;
  line: Line;
  close(): Promise<void>;
}

/** Starts a proxy for the registry at `host`. */
export async function startRegistryProxy(host: string): Promise<RegistryProxy> {
  const serve = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url: path = "" } = asked;
    proxy.log.push(`${method} ${path.replace(/\?.*/u, "")}`);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    if (proxy.intercept?.(asked, response) === true) return;
    const body = await buffer(asked);
    if (proxy.latencyMs > 0) await sleep(proxy.latencyMs, undefined, { signal: gone.signal });
    const answer = await forward(`http://${host}${path}`, asked, body);
    const content = await buffer(answer);
    const sent = proxy.alter?.(path, content) ?? content;
    const { "content-length": _, ...headers } = answer.headers;
    if (method !== "HEAD") headers["content-length"] = String(sent.length);
    const location = headers.location?.replace(`http://${host}`, `http://${proxy.host}`);
    response.writeHead(answer.statusCode ?? 500, { ...headers, ...(location !== undefined && { location }) });
    proxy.bytes += sent.length;
    for await (const piece of proxy.line.paced(pieceOf(sent), gone.signal)) response.write(piece);
    response.end();
  };
  const server = createServer((asked, response) => {
    serve(asked, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: RegistryProxy = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    log: [],
    bytes: 0,
    intercept: null,
    alter: null,
    latencyMs: 0,
    line: new Line(Infinity),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}

async function forward(url: string, asked: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { host: _, connection: __, ...headers } = asked.headers;
  return await new Promise((resolve, reject) => {
    request(url, { method: asked.method ?? "GET", headers }, resolve)
      .on("error", reject)
      .end(body);
  });
}

async function* pieceOf(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
