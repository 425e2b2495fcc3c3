import { gunzipSync } from "node:zlib";

/** What a request asks for. `other` is anything that is not part of a fetch. */
export type RequestKind = "info/refs" | "ls-refs" | "fetch" | "other";

/** One request the server has seen. Times are milliseconds since the server started. */
export interface RequestRecord {
  at: number;
  repository: string;
  kind: RequestKind;
  /** HTTP status; 0 when the connection was cut before one was sent. */
  status: number;
  /** Until the last byte was about to be sent, or the connection ended; undefined while in flight. */
  ms?: number;
  /** Bytes of the body sent. */
  bytes: number;
  /** Answered from memory. */
  recorded: boolean;
  /** It ended without its whole answer. */
  aborted: boolean;
}

/** One repository's first and last sign of life. */
export interface Session {
  repository: string;
  firstAt: number;
  lastAt: number;
  requests: number;
  bytes: number;
}

/** Everything a server counts. `reset` starts anew, except for what is in flight. */
export class Traffic {
  log: RequestRecord[] = [];
  connections = 0;
  /** Requests in flight at once, at most. */
  peakRequests = 0;
  /**
   * Repositories with a request in flight at once, at most. A strict lower bound of the repositories a client works on at
   * once: between two requests of one repository it shows none.
   */
  peakRepositoriesInRequest = 0;
  readonly #inFlight = new Set<RequestRecord>();
  readonly #started = performance.now();

  begin(repository: string): RequestRecord {
    const at = this.#now();
    const record: RequestRecord = {
      at,
      repository,
      kind: "other",
      status: 0,
      bytes: 0,
      recorded: false,
      aborted: false,
    };
    this.log.push(record);
    this.#inFlight.add(record);
    this.peakRequests = Math.max(this.peakRequests, this.#inFlight.size);
    this.peakRepositoriesInRequest = Math.max(this.peakRepositoriesInRequest, this.repositoriesInRequest());
    return record;
  }

  /** Called before the last byte leaves, so that a client that has its answer is never counted as still asking. */
  end(record: RequestRecord): void {
    if (!this.#inFlight.delete(record)) return;
    record.ms = this.#now() - record.at;
  }

  repositoriesInRequest(): number {
    return new Set([...this.#inFlight].map((record) => record.repository)).size;
  }

  /** Number of requests, of one repository or all, of one kind or all. */
  count(filter: { repository?: string; kind?: RequestKind } = {}): number {
    return this.log.filter(
      (record) =>
        (filter.repository === undefined || record.repository === filter.repository) &&
        (filter.kind === undefined || record.kind === filter.kind),
    ).length;
  }

  /** Bytes of all bodies sent. */
  bytesSent(repository?: string): number {
    return this.sessions()
      .filter((session) => repository === undefined || session.repository === repository)
      .reduce((sum, session) => sum + session.bytes, 0);
  }

  /** One per repository, from its first request's start to its last request's end, in order of the first. */
  sessions(): Session[] {
    const sessions = new Map<string, Session>();
    for (const { repository, at, ms, bytes } of this.log) {
      const session = sessions.get(repository) ?? {
        repository,
        firstAt: at,
        lastAt: at,
        requests: 0,
        bytes: 0,
      };
      session.lastAt = Math.max(session.lastAt, ms === undefined ? this.#now() : at + ms);
      session.requests += 1;
      session.bytes += bytes;
      sessions.set(repository, session);
    }
    return [...sessions.values()];
  }

  /**
   * Sessions open at once, at most. Exact for one run of a client that visits each repository once; a run that retries a
   * repository, or a second run, stretches its session: `reset` between runs.
   */
  peakSessions(): number {
    const sessions = this.sessions();
    const openAt = (time: number): number =>
      sessions.filter((session) => session.firstAt <= time && time < session.lastAt).length;
    return Math.max(0, ...sessions.map((session) => openAt(session.firstAt)));
  }

  reset(): void {
    this.log = [];
    this.connections = 0;
    this.peakRequests = this.#inFlight.size;
    this.peakRepositoriesInRequest = this.repositoriesInRequest();
  }

  #now(): number {
    return performance.now() - this.#started;
  }
}

/** Splits a request's path into the repository (no leading slash) and the service behind it. */
export function splitPath(path: string): { repository: string; service: string } {
  const match = /^\/(.*?)(\/(?:info\/refs|git-upload-pack|git-receive-pack|HEAD|objects\/.*))?$/u.exec(path);
  return { repository: match?.[1] ?? path, service: match?.[2] ?? "" };
}

/** What a request asks for, by its service and the first packet line of its body (which may be gzipped). */
export function requestKind(service: string, body: Buffer, encoding: string | undefined): RequestKind {
  if (service === "/info/refs") return "info/refs";
  if (service !== "/git-upload-pack") return "other";
  const start = (encoding === "gzip" ? gunzipSync(body) : body).subarray(0, 64).toString("latin1");
  const command = /^[0-9a-f]{4}command=([a-z-]+)/u.exec(start)?.[1];
  if (command === undefined) return /^[0-9a-f]{4}want /u.test(start) ? "fetch" : "other"; // before protocol v2
  return command === "ls-refs" || command === "fetch" ? command : "other";
}
