import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a page answers: its content, or a status with headers and content, or whatever it does itself. */
export type Page =
  | string
  | Buffer
  | { status: number; headers?: Record<string, string>; body?: string | Buffer }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface SiteServer {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** Pages by path; may be changed at any time. */
  pages: Map<string, Page>;
  /** Paths in the order they were asked for. */
  asked: string[];
  close(): Promise<void>;
}

/** A web server on this machine with the pages it is given; everything else is 404. */
export async function startSite(pages: Record<string, Page> = {}): Promise<SiteServer> {
  const served = new Map(Object.entries(pages));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname);
    asked.push(path);
    const page = served.get(path) ?? { status: 404, body: "not here" };
    if (typeof page === "function") return page(request, response);
    const {
      status,
      headers = {},
      body = "",
    } = typeof page === "string" || Buffer.isBuffer(page) ? { status: 200, body: page } : page;
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages: served,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
