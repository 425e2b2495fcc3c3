import { usualStorage } from "../manifest/names/product-home.js";
import { EdenError, sanitize } from "../errors.js";
import { lockfilePathFor } from "../manifest/document/find-manifest.js";
import type { HistoryRecord } from "../store/history-record.js";
import type { RecordedChange } from "../store/history-record.js";
import { currentHost } from "../system/host.js";
import { readBytesIfExists, readTextIfExists } from "../system/read-files.js";
import { loadManifest, manifestPathOf } from "../workspace/load-manifest.js";
import type { RunOptions } from "../run/options.js";
import { openStore } from "../store/store.js";

/** The document of `history --json`. */
export interface HistoryReport {
  schema_version: 1;
  command: "history";
  count: number;
  /** Newest first. */
  entries: {
    number: number;
    /** ISO time. */
    at: string;
    command: string;
    /** Manifest and lockfile match it now; true only for the newest. */
    current: boolean;
    skills: RecordedChange[];
  }[];
}

/** The recorded states of the manifest. @throws as `loadManifest`. */
export async function history(
  options: Pick<RunOptions, "manifest" | "strict" | "host" | "warn">,
): Promise<HistoryReport> {
  const { records, texts } = await findHistory(options);
  const current = currentRecord(records, texts);
  const entries = records.toReversed().map((record) => {
    const { number, at, command, skills } = record;
    return { number, at: sanitize(at), command: sanitize(command), current: record === current, skills };
  });
  return { schema_version: 1, command: "history", count: entries.length, entries };
}

/** The texts of a manifest and its lockfile on disk; null for a missing one. */
export interface TextsOnDisk {
  manifest: string | null;
  lockfile: string | null;
}

/** The history of one manifest. */
export interface FoundHistory {
  path: string;
  storageRoot: string;
  /** Oldest first. */
  records: HistoryRecord[];
  texts: TextsOnDisk;
}

/**
 * The history of the manifest that the options select. A broken or deleted manifest has one, too,
 * if its storage is the default one.
 * @throws as `loadManifest`.
 */
export async function findHistory(
  options: Pick<RunOptions, "manifest" | "strict" | "host" | "warn">,
): Promise<FoundHistory> {
  const path = manifestPathOf(options);
  const storageRoot = await storageOf(options, path);
  // Without a path there is nothing to load.
  if (path === null) throw new EdenError("MANIFEST_NOT_FOUND", "there is no manifest");
  return { path, storageRoot, records: openStore(storageRoot).history(path).records(), texts: textsOnDisk(path) };
}

async function storageOf(
  options: Pick<RunOptions, "manifest" | "strict" | "host" | "warn">,
  path: string | null,
): Promise<string> {
  try {
    return (await loadManifest(options)).manifest.storageRoot;
  } catch (error) {
    const usual = usualStorage(options.host ?? currentHost());
    if (error instanceof EdenError && path !== null && openStore(usual).history(path).newest() !== null) return usual;
    throw error;
  }
}

/**
 * @throws EdenError `INVALID_FILE` for a manifest that is not text: it could not be restored, so it
 *   is not replaced.
 */
export function textsOnDisk(path: string): TextsOnDisk {
  const bytes = readBytesIfExists(path);
  const manifest = bytes?.toString("utf8") ?? null;
  if (bytes !== null && !Buffer.from(manifest ?? "").equals(bytes))
    throw new EdenError("INVALID_FILE", `${path} is not written in UTF-8`, { path });
  return { manifest, lockfile: readTextIfExists(lockfilePathFor(path)) };
}

/** The newest record, if nothing changed since. */
function currentRecord(records: readonly HistoryRecord[], texts: TextsOnDisk): HistoryRecord | null {
  const newest = records.at(-1);
  return newest !== undefined && hasTexts(newest, texts) ? newest : null;
}

/** True if a record has exactly these texts. */
export function hasTexts({ manifest, lockfile }: HistoryRecord, texts: TextsOnDisk): boolean {
  return manifest === texts.manifest && lockfile === texts.lockfile;
}

/**
 * The record of that number, or for null the state before the current one: the newest record that
 * does not match the current state.
 * @throws EdenError `UNKNOWN_RECORD`.
 */
export function chooseRecord({ records, texts }: FoundHistory, number: number | null): HistoryRecord {
  const earlier = currentRecord(records, texts) === null ? records : records.slice(0, -1);
  const chosen = number === null ? earlier.at(-1) : records.find((record) => record.number === number);
  if (chosen !== undefined) return chosen;
  const known = records.map((record) => record.number).join(", ");
  if (known === "") {
    const hint = "There is a state to return to after an `eden-skills apply` that changed something.";
    throw new EdenError("UNKNOWN_RECORD", "the history is empty", { hint });
  }
  const what = number === null ? "there is no earlier state" : `there is no state ${number}`;
  throw new EdenError("UNKNOWN_RECORD", `${what}; the history has ${known}`);
}
