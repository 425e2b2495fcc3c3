import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startOddHttp } from "./odd-server.js";

/** Repositories as files of a plain web server, which knows nothing of git. */
export interface StaticRemote {
  urlOf(repository: string): string;
  /** Paths in the order they were asked for. */
  asked: string[];
  close(): Promise<void>;
}

/**
 * Serves the files beneath `root`; each repository needs `git update-server-info` after a change.
 * @param notGet the status for anything but GET and HEAD, which servers disagree on.
 * @param type the content type of every file.
 */
export async function startStaticRemote(options: {
  root: string;
  notGet?: number;
  type?: string;
}): Promise<StaticRemote> {
  const { root, notGet = 405, type = "application/octet-stream" } = options;
  const asked: string[] = [];
  const server = await startOddHttp((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://static").pathname);
    asked.push(`${request.method} ${path}`);
    if (request.method !== "GET" && request.method !== "HEAD") return void response.writeHead(notGet).end("no");
    const file = join(root, path);
    if (!existsSync(file) || !statSync(file).isFile())
      return void response.writeHead(404, { "content-type": "text/html" }).end("<html>not here</html>");
    response.writeHead(200, { "content-type": type }).end(readFileSync(file));
  });
  return { asked, urlOf: (repository) => `http://127.0.0.1:${server.port}/${repository}`, close: server.close };
}
