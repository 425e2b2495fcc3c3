import { randomBytes } from "node:crypto";
import { EdenError, sanitize } from "../errors.js";
import type { RemoteEnvironment } from "../manifest/targets/target-environment.js";
import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import { ShellSession } from "../system/shell-session.js";
import { changeFailure, changeScript, tarOf, type RemoteChange } from "./change.js";
import { commandLine } from "./command-line.js";
import { connectionFailure, missingProgram, noAnswer } from "./failures.js";
import { digestOf, observedIn } from "./listing.js";
import type { Observed } from "../plan/observe.js";
import { readRecord, type RemoteRecord } from "./remote-record.js";
import { quoted } from "../system/shell-word.js";
import { LOOKING, quotedPath } from "./shell-text.js";

/** What a connection needs of its run. */
export interface ConnectionRules {
  host: Host;
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds without an answer. */
  timeoutMs: number;
}

/** An entry of a target directory. */
export interface SeenEntry {
  observed: Observed;
  /** The hash of its listing. */
  digest: string;
}

/** A target directory. */
export interface SeenDirectory {
  /** By skill id. */
  records: Map<string, RemoteRecord>;
  /** The entries that were asked for, by skill id. */
  entries: Map<string, SeenEntry>;
}

/** The end of one change; `changed`: its entry was no longer what was seen. */
export type ChangeEnd = { kind: "done"; entry: SeenEntry } | { kind: "changed" } | { kind: "failed"; error: EdenError };

/** The connection to one container or host: one shell there, opened on first use. */
export class Connection {
  #session: ShellSession | null = null;

  constructor(
    readonly environment: RemoteEnvironment,
    private readonly rules: ConnectionRules,
  ) {}

  /**
   * What is at these skills in these directories.
   * @param directories skill ids by the path of a directory, which may begin with `~/`.
   * @throws EdenError `ADAPTER_HEALTH_FAIL`, `DOCKER_NOT_FOUND`; the signal's reason.
   */
  async look(directories: ReadonlyMap<string, readonly string[]>): Promise<Map<string, SeenDirectory>> {
    const paths = [...directories.keys()];
    const calls = paths.map((path, index) =>
      ["look", index, quotedPath(path), ...(directories.get(path) ?? []).map(quoted)].join(" "),
    );
    const parts = await this.#ask([LOOKING, ...calls].join("\n"));
    const missing = parts.filter(({ kind }) => kind === "missing").map(({ name }) => name);
    if (missing.length > 0) throw missingProgram(this.environment, missing);
    const seen = new Map<string, SeenDirectory>();
    let directory: SeenDirectory | undefined;
    for (const { kind, name, text } of parts) {
      if (kind === "root") {
        directory = { records: new Map(), entries: new Map() };
        seen.set(paths[Number(name)] ?? "", directory);
      } else if (kind === "entry") directory?.entries.set(name, entryIn(text));
      else if (kind === "record") {
        const record = readRecord(text);
        if (record !== null) directory?.records.set(record.skill, record);
      }
    }
    return seen;
  }

  /**
   * Changes targets: content is sent as one tar, staged beside the targets and verified, then
   * renamed under the lock of each directory, and read back.
   * @returns the end of each change, in their order.
   * @throws EdenError as `look`: then each target is old or new.
   */
  async change(changes: readonly RemoteChange[]): Promise<ChangeEnd[]> {
    const run = `t-${randomBytes(8).toString("hex")}`;
    const entries = changes.some((change) => change.content !== null) ? tarOf(changes) : null;
    const parts = await this.#ask(changeScript(run, changes), entries);
    const ends = new Map<number, ChangeEnd>();
    for (const { kind, name, text } of parts) {
      const [number = "", status] = name.split(" ");
      const change = changes[Number(number)];
      if (kind !== "result" || change === undefined) continue;
      if (status === "done") ends.set(Number(number), { kind: "done", entry: entryIn(text) });
      else if (status === "changed") ends.set(Number(number), { kind: "changed" });
      else {
        const error = changeFailure(this.environment, change, status === "damaged", utf8(text));
        ends.set(Number(number), { kind: "failed", error });
      }
    }
    return changes.map((_, index) => ends.get(index) ?? { kind: "failed", error: noAnswer(this.environment) });
  }

  async close(): Promise<void> {
    await this.#session?.close();
    this.#session = null;
  }

  async #ask(script: string, entries: Parameters<ShellSession["ask"]>[1] = null): Promise<Part[]> {
    this.#session ??= this.#open();
    const session = this.#session;
    try {
      const answer = await session.ask(`mark='${session.mark}'\n${script}`, entries);
      if (answer === null) throw connectionFailure(this.environment, await session.ended());
      if (entries !== null) await this.close();
      return partsOf(answer, session.mark);
    } catch (error) {
      this.#session = null;
      if (!(error instanceof EdenError) || error.code !== "PROCESS_STALLED") throw error;
      throw noAnswer(this.environment, error.message);
    }
  }

  #open(): ShellSession {
    const { host, clock, signal, timeoutMs } = this.rules;
    const env = Object.fromEntries(
      Object.entries(host.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    );
    return new ShellSession({ ...commandLine(this.environment, host), env, clock, signal, timeoutMs });
  }
}

/** A part of an answer: the line with the mark, and what follows it. */
interface Part {
  kind: string;
  name: string;
  text: string;
}

function partsOf(answer: string, mark: string): Part[] {
  return `\n${answer}`
    .split(`\n${mark} `)
    .slice(1)
    .map((part) => {
      const end = part.indexOf("\n");
      const [line, text] = end === -1 ? [part, ""] : [part.slice(0, end), part.slice(end + 1)];
      const [kind = "", ...words] = line.split(" ");
      return { kind, name: sanitize(words.join(" ")), text };
    });
}

function entryIn(text: string): SeenEntry {
  // The line end before the next mark belongs to the listing.
  const listing = text.endsWith("\n") ? text : `${text}\n`;
  return { observed: observedIn(listing), digest: digestOf(listing) };
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
