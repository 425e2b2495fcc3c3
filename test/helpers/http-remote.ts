import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readBody } from "../../scripts/smart-http.mjs";
import { createAnswerer, type Answer } from "./http-answers.js";
import { Cut, Faults, forever, shaped, type Fault, type FaultScope } from "./http-faults.js";
import { Line } from "./line.js";
import { requestKind, splitPath, Traffic, type RequestKind, type RequestRecord } from "./http-traffic.js";

/** How a server of repositories behaves. */
export interface HttpRemoteOptions {
  /** The directory that holds the repositories. */
  root: string;
  /** Milliseconds added to every request before its answer starts. */
  latencyMs?: number;
  /** Bytes per second of the line that all answers share; default unlimited. */
  bytesPerSecond?: number;
  /** Further milliseconds, by repository and kind of request. */
  delayFor?: (repository: string, kind: RequestKind) => number;
  /** Answer a repeated request from memory, so that the server does not compete for the processor with what is measured. */
  record?: boolean;
  /** 429 to a request that comes while more than `above` repositories are being asked for, itself included. */
  throttle?: { above: number; retryAfterSeconds?: number };
  /** Over https, with the certificate {@link CERTIFICATE}, which is trusted only where a test says so. */
  tls?: boolean;
}

/** The certificate of servers over https; it signs itself. */
export const CERTIFICATE = fileURLToPath(new URL("../../fixtures/tls/certificate.pem", import.meta.url));

/** Repositories over smart HTTP on loopback, counted, and failing where a test says so. */
export interface HttpRemote {
  /** `http://127.0.0.1:<port>` (or https), no slash at the end. */
  readonly url: string;
  readonly traffic: Traffic;
  /** Milliseconds; may be changed while it serves. */
  latencyMs: number;
  readonly line: Line;
  urlOf(repository: string): string;
  /** Lets requests for a repository (`*`: any) fail from now on. */
  fail(repository: string, fault: Fault, scope?: FaultScope): void;
  /** Ends the faults of one repository, or all. */
  heal(repository?: string): void;
  /** Forgets the recorded answers: needed when a repository has changed. */
  forget(): void;
  /** Cuts every connection and stops; later connections are refused. */
  close(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startHttpRemote(options: HttpRemoteOptions): Promise<HttpRemote> {
  const traffic = new Traffic();
  const faults = new Faults();
  const line = new Line(options.bytesPerSecond ?? Infinity);
  const answerer = createAnswerer(options.root, options.record ?? false);

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
    const { repository, service } = splitPath(decodeURIComponent(pathname));
    const record = traffic.begin(repository);
    const gone = new AbortController();
    response.once("close", () => {
      record.aborted = !response.writableFinished;
      gone.abort();
      traffic.end(record);
    });
    const body = await readBody(request);
    record.kind = requestKind(service, body, request.headers["content-encoding"]);
    const crowded = options.throttle !== undefined && traffic.repositoriesInRequest() > options.throttle.above;
    const fault: Fault | undefined = crowded
      ? { kind: "status", status: 429, ...options.throttle }
      : faults.take(repository, record.kind);

    if (fault?.kind === "reset") return void request.socket.resetAndDestroy();
    const delay = remote.latencyMs + (options.delayFor?.(repository, record.kind) ?? 0);
    if (delay > 0) await sleep(delay, undefined, { signal: gone.signal });
    if (fault?.kind === "stall" && fault.afterBytes === undefined) await forever(gone.signal);
    const answer =
      refusal(fault, request, `${service}${search}`) ??
      (await answerer.answer({
        request,
        path: decodeURIComponent(pathname),
        query: search.slice(1),
        body,
        signal: gone.signal,
      }));
    await send(answer, line.paced(shaped(answer.body, fault, gone.signal), gone.signal), { response, record, traffic });
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response).catch((error: unknown) => {
      if (!(error instanceof Cut) && !response.destroyed) console.error("http remote:", error);
      response.destroy();
    });
  };
  const key = (): string => readFileSync(CERTIFICATE.replace("certificate", "key"), "utf8");
  const server =
    options.tls === true
      ? createTlsServer({ cert: readFileSync(CERTIFICATE), key: key() }, listener)
      : createServer(listener);
  server.on("connection", () => (traffic.connections += 1));
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `${options.tls === true ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const remote: HttpRemote = {
    url,
    traffic,
    latencyMs: options.latencyMs ?? 0,
    line,
    urlOf: (repository) => `${url}/${repository}`,
    fail: (repository, fault, scope) => faults.add(repository, fault, scope),
    heal: (repository) => faults.clear(repository),
    forget: () => answerer.forget(),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return remote;
}

/** The answer of a fault that does not ask the repository at all. */
function refusal(fault: Fault | undefined, request: IncomingMessage, rest: string): Answer | undefined {
  const plain = (status: number, headers: Record<string, string>): Answer => ({
    status,
    headers: { "content-type": "text/plain", ...headers },
    body: once(Buffer.from(`${status}\n`)),
    recorded: false,
  });
  const challenge = { "www-authenticate": 'Basic realm="skills"' };
  switch (fault?.kind) {
    case "status":
      return plain(fault.status, {
        ...(fault.status === 401 ? challenge : {}),
        ...(fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) }),
        ...fault.headers,
      });
    case "credentials": {
      const expected = `Basic ${Buffer.from(`${fault.user}:${fault.password}`).toString("base64")}`;
      return request.headers.authorization === expected ? undefined : plain(401, challenge);
    }
    case "redirect":
      return plain(302, { location: `${fault.to}${rest}` });
    default:
      return undefined;
  }
}

async function send(
  answer: Answer,
  body: AsyncIterable<Buffer>,
  { response, record, traffic }: { response: ServerResponse; record: RequestRecord; traffic: Traffic },
): Promise<void> {
  record.status = answer.status;
  record.recorded = answer.recorded;
  response.writeHead(answer.status, answer.headers);
  for await (const chunk of body) {
    record.bytes += chunk.length;
    await new Promise<void>((resolve, reject) =>
      response.write(chunk, (error) => (error ? reject(new Cut()) : resolve())),
    );
  }
  traffic.end(record);
  response.end();
}

async function* once(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk;
}
