import { join } from "node:path";
import * as z from "zod/mini";
import { EdenError } from "../errors.js";
import { listDirectory, readTextIfExists } from "../system/read-files.js";
import { removeQuietly } from "../system/temporary-files.js";
import { writeByRename } from "../system/write-files.js";
import { parseJson } from "../system/parse-json.js";
import { nameOfPath } from "../system/path-name.js";
import type { HistoryRecord, RecordedChange } from "./history-record.js";
import { privateMode } from "../system/private-mode.js";

const changeSchema: z.ZodMiniType<RecordedChange> = z.object({
  id: z.string(),
  change: z.enum(["created", "updated", "removed"]),
  commit: z.nullable(z.string()),
});

const recordSchema: z.ZodMiniType<HistoryRecord> = z.object({
  version: z.literal(1),
  number: z.number(),
  at: z.string(),
  command: z.string(),
  path: z.string(),
  manifest: z.string(),
  lockfile: z.nullable(z.string()),
  skills: z.array(changeSchema),
});

/** Records that are kept of one manifest. */
const MOST_RECORDS = 50;

/** The records of one manifest. */
export class History {
  readonly #directory: string;

  constructor(
    root: string,
    private readonly manifestPath: string,
  ) {
    this.#directory = join(root, "history", nameOfPath(manifestPath));
  }

  /** All records, oldest first; one that cannot be read is left out. */
  records(): HistoryRecord[] {
    return this.#numbers()
      .map((number) => this.#read(number))
      .filter((record) => record !== null);
  }

  /** The newest record that can be read; null when there is none. */
  newest(): HistoryRecord | null {
    for (const number of this.#numbers().toReversed()) {
      const record = this.#read(number);
      if (record !== null) return record;
    }
    return null;
  }

  /**
   * Writes the next record and removes those that are too old; call it with the manifest's lock
   * held.
   * @throws EdenError.
   */
  append(record: Omit<HistoryRecord, "version" | "number" | "path">): void {
    const numbers = this.#numbers();
    const number = (numbers.at(-1) ?? 0) + 1;
    const text = JSON.stringify({ version: 1, number, ...record, path: this.manifestPath }, null, 1);
    const path = this.#path(number);
    writeByRename(path, `${text}\n`, privateMode(path, 0o600));
    for (const old of [...numbers, number].slice(0, -MOST_RECORDS)) removeQuietly(this.#path(old));
  }

  /** Paths of all records except the newest so many. */
  olderThan(kept: number): string[] {
    const numbers = this.#numbers();
    return numbers.slice(0, Math.max(0, numbers.length - kept)).map((number) => this.#path(number));
  }

  #numbers(): number[] {
    return listDirectory(this.#directory)
      .filter((name) => /^\d{6,9}\.json$/u.test(name))
      .map((name) => Number.parseInt(name, 10))
      .toSorted((a, b) => a - b);
  }

  #read(number: number): HistoryRecord | null {
    try {
      const text = readTextIfExists(this.#path(number));
      if (text === null) return null;
      const record = parseJson(recordSchema, text);
      return record?.number === number && record.path === this.manifestPath ? record : null;
    } catch (error) {
      // Also a file without permission to read it, as after a run with sudo: no run may fail
      // because of its history.
      if (error instanceof EdenError && error.code !== "DESCRIPTORS_EXHAUSTED") return null;
      throw error;
    }
  }

  #path(number: number): string {
    return join(this.#directory, `${String(number).padStart(6, "0")}.json`);
  }
}
