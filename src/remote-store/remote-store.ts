import { setMaxListeners } from "node:events";
import { EdenError, errorMessage } from "../errors.js";
import type { RemoteStoreSettings, RepositorySource, SkillLimits } from "../manifest/document/manifest.js";
import { Limiter } from "../reactor/limiter.js";
import type { SkillVersion } from "../run/events.js";
import type { RunContext } from "../run/run-context.js";
import { checkEntries, checkSizes } from "../skill/skill-tree.js";
import type { Marker } from "../store/marker.js";
import type { StoreWriter } from "../store/store-writer.js";
import { writeEntry } from "../store/write-entry.js";
import { spanOf } from "../system/time-span.js";
import type { Distribution, Transfer } from "../web/distribution.js";
import { fetchEntry, fetchFiles, isProvenAt } from "./fetch-entry.js";

/** A locked skill. */
export interface LockedContent {
  id: string;
  source: RepositorySource;
  pin: SkillVersion;
}

/** One attempt at a repository, which asks the remote store first. */
export interface Asking {
  writer: StoreWriter;
  limits: SkillLimits;
  transfer: Transfer;
}

/** Skills that one run asks for at the same time: a fleet has many runs. */
export const MOST_AT_ONCE = 16;

/** The store answers, but not for this machine, or not now. */
const OUTAGES = new Set(["FETCH_NETWORK", "FETCH_AUTH", "FETCH_THROTTLED", "FETCH_TIMEOUT"]);

/** What it sends is not what its name says. */
const MISMATCHES = new Set(["INTEGRITY_MISMATCH", "SKILL_UNSAFE", "ARCHIVE_INVALID", "FETCH_NOT_FOUND"]);

/** After so many of them the run does without it. */
const MOST_MISMATCHES = 3;

/** Milliseconds for each MiB of a content. */
const MS_PER_MIB = 1000;

/**
 * A repository of an OCI registry, from which a run takes contents of locked skills. It never fails
 * a skill: what it does not have, or has wrong, comes from its repository; and when it is down, the
 * run does without it after one wait.
 */
export class RemoteStore {
  readonly #down = new AbortController();
  readonly #limiter = new Limiter(MOST_AT_ONCE);
  #mismatches = 0;

  constructor(
    private readonly registry: Distribution,
    private readonly settings: RemoteStoreSettings,
    private readonly context: Pick<RunContext, "clock" | "notice">,
  ) {
    setMaxListeners(0, this.#down.signal);
  }

  /**
   * Brings a locked content into the local store, if this one has it, and proof that it is of the
   * locked commit.
   * @returns its marker; null if its repository has to be asked.
   * @throws EdenError of the local store; the signal's reason when aborted.
   */
  async bring(content: LockedContent, { writer, limits, transfer }: Asking): Promise<Marker | null> {
    const { id, source, pin } = content;
    const { tree } = pin;
    const find = async (own: Transfer) => {
      const entry = await fetchEntry(this.registry, pin, own);
      return entry !== null && isProvenAt(entry, { source, version: pin }) ? entry : null;
    };
    const entry = await this.#ask(id, { transfer, bytes: 0 }, find);
    if (entry === null) return null;
    const origin = { repository: source.key, commit: pin.commit, subpath: source.subpath };
    const known = await writer.findOrLink(tree, id);
    if (known !== null) {
      await writer.store.writeMarker(known, origin);
      return known;
    }
    const fetch = async (own: Transfer) => await fetchFiles(this.registry, entry, { tree, limits }, own);
    const found = await this.#ask(id, { transfer, bytes: entry.layer.size }, fetch);
    if (found === null) return null;
    const contents = new Map(found.map((file) => [file.oid, file.content]));
    try {
      const files = checkEntries(
        found.map((file) => ({ ...file, path: Buffer.from(file.path) })),
        limits,
      );
      checkSizes(files, new Map(found.map((file) => [file.oid, file.content.length])), limits);
      return await writeEntry(writer, { id, tree, files, origin }, (oid) => contents.get(oid) ?? Buffer.alloc(0));
    } catch (error) {
      // The same files come from its repository, which reports why they are refused.
      if (error instanceof EdenError && error.code === "SKILL_UNSAFE") return null;
      throw error;
    }
  }

  /** One step of an answer; null if the store is of no use for it. */
  async #ask<T>(
    id: string,
    { transfer, bytes }: { transfer: Transfer; bytes: number },
    work: (transfer: Transfer) => Promise<T>,
  ): Promise<T | null> {
    const permit = await this.#limiter.acquire({ priority: 0, index: 0 }, transfer.signal);
    try {
      return this.#down.signal.aborted ? null : await this.#inTime(transfer, bytes, work);
    } catch (error) {
      transfer.signal.throwIfAborted();
      if (this.#down.signal.aborted) return null;
      if (!(error instanceof EdenError)) throw error;
      if (MISMATCHES.has(error.code)) this.#mismatched(id, error);
      else if (OUTAGES.has(error.code)) this.#endUse(error);
      else throw error;
      return null;
    } finally {
      permit.release();
    }
  }

  /** @throws EdenError `FETCH_TIMEOUT`; as `work`. */
  async #inTime<T>({ signal, onBytes }: Transfer, bytes: number, work: (transfer: Transfer) => Promise<T>): Promise<T> {
    const ms = this.settings.timeoutMs + (bytes / 1024 / 1024) * MS_PER_MIB;
    const late = new AbortController();
    const cancel = this.context.clock.after(ms, () => {
      const message = `no complete answer within ${spanOf(ms / 1000)}`;
      late.abort(new EdenError("FETCH_TIMEOUT", message, { stage: "fetch" }));
    });
    try {
      return await work({ signal: AbortSignal.any([signal, this.#down.signal, late.signal]), onBytes });
    } finally {
      cancel();
    }
  }

  #mismatched(id: string, error: EdenError): void {
    this.#mismatches++;
    if (this.#mismatches === 1)
      this.context.notice({
        severity: "warning",
        code: "STORE_MISMATCH",
        stage: "fetch",
        message: `${this.settings.address} has a wrong entry for ${id}: ${errorMessage(error)}`,
      });
    if (this.#mismatches === MOST_MISMATCHES) this.#down.abort();
  }

  #endUse(error: EdenError): void {
    this.#down.abort();
    this.context.notice({
      severity: "warning",
      code: "STORE_UNREACHABLE",
      stage: "fetch",
      message: `${this.settings.address}: ${errorMessage(error)}`,
      ...(error.facts.hint !== undefined && { hint: error.facts.hint }),
    });
  }
}
