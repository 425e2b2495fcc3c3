import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A server on a free port of 127.0.0.1. */
export interface OddServer {
  port: number;
  close(): Promise<void>;
}

/** What an HTTP server of a test does with a request whose body has been read. */
export type Reply = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** An HTTP server that answers whatever the test wants; with a key and a certificate it is an HTTPS server. */
export async function startOddHttp(reply: Reply, tls?: { key: string; cert: string }): Promise<OddServer> {
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    reply(request, response, Buffer.concat(chunks).toString("latin1"));
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse) =>
    void serve(request, response).catch(() => response.destroy());
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  // A client that does not like the certificate hangs up; that is what the test is about.
  server.on("tlsClientError", () => {});
  await listen(server);
  return {
    port: portOf(server),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** A TCP server that does something with each connection once the client has spoken. */
export async function startOddTcp(reply: (socket: Socket) => void): Promise<OddServer> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => reply(socket));
  });
  await listen(server);
  return {
    port: portOf(server),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** A line of git's protocol: its length as four hex digits, then the text. */
export function packet(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
