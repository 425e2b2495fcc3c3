import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";

export function cgi(request: IncomingMessage, response: ServerResponse, root: string): Promise<void>;

export function readBody(request: IncomingMessage): Promise<Buffer>;

export function askBackend(question: {
  root: string;
  method: string;
  path: string;
  query: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  signal?: AbortSignal;
}): Promise<{ status: number; headers: Record<string, string>; body: Readable }>;
