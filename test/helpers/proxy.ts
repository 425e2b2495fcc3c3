import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

export interface ProxyOptions {
  /** Ports of this machine by the host that is asked for; others are asked for as they are. */
  hosts?: Record<string, number>;
  /** `user:password` without which the proxy answers 407. */
  signIn?: string;
  /** What the proxy answers instead of making a tunnel. */
  refusal?: number;
  /** Takes connections and never answers. */
  isSilent?: boolean;
  /** Makes it a proxy that is itself reached over TLS. */
  tls?: { key: string; cert: string };
}

export interface Proxy {
  /** `http://127.0.0.1:PORT`, or `https://localhost:PORT`. */
  url: string;
  /** `CONNECT host:port`, or the method and the whole address, in the order in which they came. */
  asked: string[];
  close(): Promise<void>;
}

/** An HTTP proxy on a free port of 127.0.0.1: tunnels, and requests with a whole address. */
export async function startProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const { hosts = {}, signIn, refusal, isSilent = false, tls } = options;
  const asked: string[] = [];
  const portFor = ({ hostname, port }: URL) => hosts[hostname] ?? Number(port);
  const isAllowed = ({ headers }: IncomingMessage) =>
    signIn === undefined || headers["proxy-authorization"] === `Basic ${Buffer.from(signIn).toString("base64")}`;

  const forward = (from: IncomingMessage, to: ServerResponse) => {
    asked.push(`${from.method} ${from.url}`);
    if (isSilent) return;
    if (!isAllowed(from)) return void to.writeHead(407, { "Proxy-Authenticate": "Basic" }).end();
    const url = new URL(from.url ?? "/", "http://origin-form.invalid");
    const { method, headers } = from;
    const { ["proxy-authorization"]: _, ...passed } = headers;
    const sent = request({ port: portFor(url), path: url.pathname + url.search, method, headers: passed }, (answer) =>
      answer.pipe(to.writeHead(answer.statusCode ?? 502, answer.headers)),
    );
    sent.on("error", () => to.writeHead(502).end());
    from.pipe(sent);
  };
  const server = tls === undefined ? createServer(forward) : createTlsServer(tls, forward);
  const open = new Set<Duplex>();
  server.on("connection", (socket) => void open.add(socket));
  server.on("connect", (from, socket) => {
    asked.push(`CONNECT ${from.url}`);
    socket.on("error", () => {});
    if (isSilent) return;
    if (!isAllowed(from)) return void socket.end("HTTP/1.1 407 Sign In\r\nProxy-Authenticate: Basic\r\n\r\n");
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
    const there = connect(portFor(new URL(`http://${from.url}`)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      there.pipe(socket).pipe(there);
    });
    open.add(there);
    there.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    asked,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
