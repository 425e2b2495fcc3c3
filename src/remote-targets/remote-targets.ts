import { posix } from "node:path";
import { EdenError } from "../errors.js";
import { formatEnvironment, type RemoteEnvironment } from "../manifest/targets/target-environment.js";
import type { Sight } from "../plan/remote.js";
import type { Limiter } from "../reactor/limiter.js";
import type { RemotePlace } from "./remote-place.js";
import { Connection, type ConnectionRules, type SeenDirectory } from "./connection.js";

/** What remote targets need of their run. */
export interface RemoteRules extends ConnectionRules {
  limiter: Limiter;
  /** The manifest, as records name it: `<machine>:<path>`. */
  owner: string;
}

type SeenDirectories = Map<string, SeenDirectory>;

/** The containers and hosts of a run: what was seen there, and the connections to them. */
export class RemoteTargets {
  readonly #connections = new Map<string, Connection>();
  readonly #seen = new Map<string, SeenDirectories | EdenError>();

  constructor(readonly rules: RemoteRules) {}

  /**
   * Looks at targets, at all containers and hosts in parallel. One that cannot be reached is
   * remembered as such. The records of a directory are read with it.
   * @throws the signal's reason.
   */
  async look(places: readonly RemotePlace[]): Promise<void> {
    const { limiter, signal } = this.rules;
    const groups = new Map<string, RemotePlace[]>();
    for (const place of places) {
      const key = formatEnvironment(place.environment);
      groups.set(key, [...(groups.get(key) ?? []), place]);
    }
    await Promise.all(
      [...groups].map(async ([key, group], index) => {
        const permit = await limiter.acquire({ priority: 0, index }, signal);
        try {
          await this.lookAgain(group);
        } catch (error) {
          if (!(error instanceof EdenError) || signal.aborted) throw error;
          this.#seen.set(key, error);
        } finally {
          permit.release();
        }
      }),
    );
  }

  /**
   * Looks at targets of one container or host; the caller has a permit.
   * @throws EdenError if it cannot be reached; the signal's reason.
   */
  async lookAgain(places: readonly RemotePlace[]): Promise<void> {
    const [first] = places;
    if (first === undefined) return;
    const key = formatEnvironment(first.environment);
    const before = this.#seen.get(key);
    const seen = await this.#lookAt(this.connectionTo(first.environment), places);
    if (before === undefined || before instanceof EdenError) {
      this.#seen.set(key, seen);
      return;
    }
    for (const [directory, { records, entries }] of seen)
      before.set(directory, { records, entries: new Map([...(before.get(directory)?.entries ?? []), ...entries]) });
  }

  /** What was seen at a target. */
  sightOf(place: Pick<RemotePlace, "environment" | "path">): Sight {
    const seen = this.#seen.get(formatEnvironment(place.environment));
    if (seen === undefined || seen instanceof EdenError) return seen ?? null;
    const directory = seen.get(posix.dirname(place.path));
    const entry = directory?.entries.get(posix.basename(place.path));
    if (directory === undefined || entry === undefined) return null;
    const record = directory.records.get(posix.basename(place.path));
    const isOurs = record?.manifest === this.rules.owner;
    return {
      observed: entry.observed,
      owned: record !== undefined && isOurs ? { links: [], integrities: record.integrities } : null,
      claimedBy: record === undefined || isOurs ? null : record.manifest,
    };
  }

  /** The hash of the entry that was seen at a target. */
  digestAt({ environment, path }: Pick<RemotePlace, "environment" | "path">): string | null {
    const seen = this.#seen.get(formatEnvironment(environment));
    if (seen === undefined || seen instanceof EdenError) return null;
    return seen.get(posix.dirname(path))?.entries.get(posix.basename(path))?.digest ?? null;
  }

  /** The targets of this manifest that the seen directories have records of. */
  recorded(): RemotePlace[] {
    return [...this.#connections].flatMap(([key, { environment }]) => {
      const seen = this.#seen.get(key);
      if (seen === undefined || seen instanceof EdenError) return [];
      return [...seen].flatMap(([directory, { records }]) =>
        [...records.values()]
          .filter(({ manifest }) => manifest === this.rules.owner)
          .map(({ skill }) => ({ skillId: skill, agents: [], environment, path: `${directory}/${skill}` })),
      );
    });
  }

  /** The connection to a container or host. */
  connectionTo(environment: RemoteEnvironment): Connection {
    const key = formatEnvironment(environment);
    const connection = this.#connections.get(key) ?? new Connection(environment, this.rules);
    this.#connections.set(key, connection);
    return connection;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map(async (connection) => await connection.close()));
  }

  async #lookAt(connection: Connection, places: readonly RemotePlace[]): Promise<SeenDirectories> {
    const asked = new Map<string, string[]>();
    for (const { path } of places)
      asked.set(posix.dirname(path), [...(asked.get(posix.dirname(path)) ?? []), posix.basename(path)]);
    const seen = await connection.look(asked);
    const others = new Map<string, string[]>();
    for (const [directory, { records, entries }] of seen) {
      const own = [...records.values()].filter(
        ({ manifest, skill }) => manifest === this.rules.owner && !entries.has(skill),
      );
      if (own.length > 0)
        others.set(
          directory,
          own.map(({ skill }) => skill),
        );
    }
    if (others.size === 0) return seen;
    for (const [directory, { entries }] of await connection.look(others))
      for (const [skill, entry] of entries) seen.get(directory)?.entries.set(skill, entry);
    return seen;
  }
}
