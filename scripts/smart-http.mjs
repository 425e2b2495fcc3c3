// Git repositories over smart HTTP: a bridge from node:http to the CGI program `git http-backend`.
// Used by the demo and by the test server.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";

let execPath;

/** Answers one HTTP request for a repository below `root`. */
export async function cgi(request, response, root) {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const { pathname, search } = new URL(request.url, "http://localhost");
  const answer = await askBackend({
    root,
    method: request.method,
    path: decodeURIComponent(pathname),
    query: search.slice(1),
    headers: request.headers,
    body: await readBody(request),
    signal: gone.signal,
  });
  response.writeHead(answer.status, answer.headers);
  await pipeline(answer.body, response).catch(() => response.destroy());
}

/** The whole body of a request, unchanged (possibly compressed). */
export async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Asks `git http-backend` and returns its status, headers and body (a stream). An aborted `signal` ends the process. */
export async function askBackend({ root, method, path, query, headers, body, signal }) {
  execPath ??= execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim();
  const child = spawn(`${execPath}/git-http-backend`, [], {
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GATEWAY_INTERFACE: "CGI/1.1",
      REQUEST_METHOD: method,
      PATH_INFO: path,
      QUERY_STRING: query,
      REMOTE_ADDR: "127.0.0.1",
      CONTENT_TYPE: headers["content-type"] ?? "",
      CONTENT_LENGTH: String(body.length),
      ...(headers["content-encoding"] ? { HTTP_CONTENT_ENCODING: headers["content-encoding"] } : {}),
      ...(headers["git-protocol"] ? { GIT_PROTOCOL: headers["git-protocol"] } : {}),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.once("error", resolve).once("exit", resolve));
  const stop = () => child.kill("SIGTERM");
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  void ended.then(() => signal?.removeEventListener("abort", stop));
  child.stdin.on("error", () => {}); // a backend that refuses the request does not read it
  child.stdin.end(body);
  return { ...(await readHead(child.stdout)), body: child.stdout };
}

/** Reads the CGI headers and leaves the rest in the stream. Missing headers are a failure of the server: 500. */
async function readHead(stream) {
  let seen = Buffer.alloc(0);
  for (;;) {
    const chunk = stream.read();
    if (chunk === null) {
      if (stream.readableEnded || stream.destroyed) return { status: 500, headers: {} };
      await Promise.race([once(stream, "readable"), once(stream, "end"), once(stream, "close")]).catch(() => {});
      continue;
    }
    seen = Buffer.concat([seen, chunk]);
    const end = seen.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const rest = seen.subarray(end + 4);
    if (rest.length > 0) stream.unshift(rest);
    const fields = seen.subarray(0, end).toString("latin1").split("\r\n");
    const headers = Object.fromEntries(
      fields.map((field) => field.split(/:\s*/u, 2)).map(([k, v]) => [k.toLowerCase(), v]),
    );
    const status = Number.parseInt(headers.status ?? "200", 10);
    delete headers.status;
    return { status, headers };
  }
}
