import { askDirectly } from "../git/ask-directly.js";
import type { Remote } from "../git/remote.js";
import { namesOf } from "../git/remote-refs.js";
import type { Ahead, Answer, Question } from "../git/repositories.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { Limiter } from "../reactor/limiter.js";
import { descriptorLimit, descriptorsInUse } from "../system/resource-limits.js";
import { untilAborted } from "../system/until-aborted.js";

/** Requests in flight. */
const AT_ONCE = 32;
const AT_ONCE_PER_HOST = 16;

/** Descriptors that are kept free for each request: its connection, and the files of a task. */
const DESCRIPTORS_EACH = 6;

/**
 * Requests refs before the tasks of their repositories have a permit: a request without a process
 * takes no part of what the limit protects. Each answer is used once, so a second attempt asks again.
 */
export class RefsAhead implements Ahead {
  readonly #sent = new Map<string, Promise<Answer>>();
  readonly #all = new Limiter(requestsAtOnce());
  readonly #hosts = new Map<string, Limiter>();
  /** Hosts that have refused a request: what is left is asked by the tasks, which are fewer then. */
  readonly #refusing = new Set<string>();

  /** Sends the requests, in this order. Failures are those of the tasks. */
  send(questions: readonly Question[], remoteOf: (source: RepositorySource) => Promise<Remote>): void {
    for (const [index, { source, refs }] of questions.entries()) {
      const names = namesOf(refs);
      const answer = remoteOf(source).then(async (remote) => await this.#ask(remote, names, index));
      answer.catch(() => {});
      this.#sent.set(keyOf(source, names), answer);
    }
  }

  /** The answer to a request that was sent; `ask` returns it again. */
  async peek(source: RepositorySource, names: readonly string[], signal: AbortSignal): Promise<Answer> {
    const sent = this.#sent.get(keyOf(source, names));
    return sent === undefined ? undefined : await untilAborted(sent, signal);
  }

  /** As `askDirectly`, with the answer to a request that was sent. */
  readonly ask = async (remote: Remote, names: readonly string[]): Promise<Map<string, string> | null> => {
    const key = keyOf(remote.source, names);
    const sent = this.#sent.get(key);
    this.#sent.delete(key);
    const answer = sent === undefined ? undefined : await untilAborted(sent, remote.signal);
    return answer === undefined ? await askDirectly(remote, names) : answer;
  };

  async #ask(remote: Remote, names: readonly string[], index: number): Promise<Answer> {
    const { host } = remote.source;
    const place = { priority: 0, index };
    const ofHost = this.#hosts.get(host) ?? new Limiter(AT_ONCE_PER_HOST);
    this.#hosts.set(host, ofHost);
    const permits = [await ofHost.acquire(place, remote.signal)];
    try {
      permits.push(await this.#all.acquire(place, remote.signal));
      return this.#refusing.has(host) ? undefined : await askDirectly(remote, names);
    } catch (error) {
      this.#refusing.add(host);
      throw error;
    } finally {
      for (const permit of permits) permit.release();
    }
  }
}

function keyOf({ key }: RepositorySource, names: readonly string[]): string {
  return [key, ...names].join(" ");
}

function requestsAtOnce(): number {
  const [limit, inUse] = [descriptorLimit(), descriptorsInUse()];
  if (limit === null || inUse === null) return AT_ONCE;
  return Math.max(1, Math.min(AT_ONCE, Math.floor((limit - inUse) / DESCRIPTORS_EACH)));
}
