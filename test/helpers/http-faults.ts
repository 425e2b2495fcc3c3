import { setTimeout as sleep } from "node:timers/promises";
import type { RequestKind } from "./http-traffic.js";

/** One way a server can fail. Byte counts are of the answer's body. */
export type Fault =
  /** Any status. 401 brings `WWW-Authenticate: Basic`; `retryAfterSeconds` brings `Retry-After`. */
  | { kind: "status"; status: number; retryAfterSeconds?: number; headers?: Record<string, string> }
  /** 401 unless the request carries these credentials. */
  | { kind: "credentials"; user: string; password: string }
  /** 302 to another repository: its whole URL, or a path on this server. */
  | { kind: "redirect"; to: string }
  /** Never answers, or stops after some bytes; the connection stays open. */
  | { kind: "stall"; afterBytes?: number }
  /** Default one byte a second. */
  | { kind: "drip"; bytesPerSecond?: number }
  /** Cuts the connection after some bytes. */
  | { kind: "truncate"; afterBytes: number }
  /** Resets the connection (RST) before any answer. */
  | { kind: "reset" }
  /** Turns the bits of one byte. */
  | { kind: "corrupt"; atByte: number };

/** Which requests a fault meets: default every one, for ever. */
export interface FaultScope {
  /** Only the next so many. */
  times?: number;
  /** Only requests of these kinds. */
  on?: readonly RequestKind[];
}

/** The faults of a server, by repository; `*` is every repository. They can be changed while it serves. */
export class Faults {
  readonly #rules = new Map<string, { fault: Fault; left: number; on: readonly RequestKind[] | undefined }[]>();

  /** Adds a fault behind those already set for the repository: the first that applies is used up first. */
  add(repository: string, fault: Fault, scope: FaultScope = {}): void {
    const rules = this.#rules.get(repository) ?? [];
    rules.push({ fault, left: scope.times ?? Infinity, on: scope.on });
    this.#rules.set(repository, rules);
  }

  /** Removes the faults of one repository, or all. */
  clear(repository?: string): void {
    if (repository === undefined) this.#rules.clear();
    else this.#rules.delete(repository);
  }

  /** The fault this request meets; it counts as used. */
  take(repository: string, kind: RequestKind): Fault | undefined {
    const rules = [...(this.#rules.get(repository) ?? []), ...(this.#rules.get("*") ?? [])];
    const rule = rules.find(({ left, on }) => left > 0 && (on === undefined || on.includes(kind)));
    if (rule === undefined) return undefined;
    rule.left -= 1;
    return rule.fault;
  }
}

/** Thrown by {@link shaped} where the connection is to be cut. */
export class Cut extends Error {}

/** An answer's body as the fault lets it through. @throws Cut at the end of a truncated one. */
export async function* shaped(
  body: AsyncIterable<Buffer>,
  fault: Fault | undefined,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const chunk of body) {
    if (fault?.kind === "drip") yield* dripped(chunk, fault.bytesPerSecond ?? 1, signal);
    else if (fault?.kind === "corrupt") yield turned(chunk, fault.atByte - sent);
    else if ((fault?.kind === "truncate" || fault?.kind === "stall") && fault.afterBytes !== undefined) {
      const left = fault.afterBytes - sent;
      if (chunk.length >= left) {
        yield chunk.subarray(0, left);
        if (fault.kind === "truncate") throw new Cut();
        await forever(signal);
      }
      yield chunk;
    } else yield chunk;
    sent += chunk.length;
  }
}

/** Rejects when the signal aborts, and never resolves. */
export function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(new Cut());
    signal.addEventListener("abort", () => reject(new Cut()), { once: true });
  });
}

async function* dripped(chunk: Buffer, bytesPerSecond: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  // Timers are no finer than a millisecond: fast drips fall in bigger drops.
  const drop = Math.max(1, Math.floor(bytesPerSecond / 50));
  for (let at = 0; at < chunk.length; at += drop) {
    yield chunk.subarray(at, at + drop);
    await sleep((1000 * drop) / bytesPerSecond, undefined, { signal });
  }
}

function turned(chunk: Buffer, at: number): Buffer {
  const copy = Buffer.from(chunk);
  if (at >= 0 && at < copy.length) copy[at] = ~(copy[at] ?? 0) & 0xff;
  return copy;
}
