import { join } from "node:path";
import { EdenError } from "../errors.js";
import { listDirectory, readTextIfExists } from "../system/read-files.js";
import { removeQuietly } from "../system/temporary-files.js";
import { writeByRename } from "../system/write-files.js";
import { nameOfPath } from "../system/path-name.js";

/** One state of a manifest: what a run left, or what a rollback found and put aside. */
export interface HistoryRecord {
  version: 1;
  /** From 1, never used again. */
  number: number;
  /** ISO time. */
  at: string;
  command: string;
  /** Absolute path of the manifest. */
  path: string;
  /** The text of the manifest. */
  manifest: string;
  /** The text of the lockfile; null when there was none. */
  lockfile: string | null;
  skills: RecordedChange[];
}

/** What a run did to one skill. */
export interface RecordedChange {
  id: string;
  change: "created" | "updated" | "removed";
  /** The commit it came from; null for a directory, and for one that is gone. */
  commit: string | null;
}

/** How many records are kept of one manifest. */
const MOST_RECORDS = 50;

/** The records of a manifest, oldest first; one that cannot be read is left out. */
export function readHistory(storageRoot: string, manifestPath: string): HistoryRecord[] {
  return numbersOf(storageRoot, manifestPath)
    .map((number) => readRecord(storageRoot, manifestPath, number))
    .filter((record) => record !== null);
}

/** The newest record that can be read; null when there is none. */
export function newestRecord(storageRoot: string, manifestPath: string): HistoryRecord | null {
  for (const number of numbersOf(storageRoot, manifestPath).toReversed()) {
    const record = readRecord(storageRoot, manifestPath, number);
    if (record !== null) return record;
  }
  return null;
}

/** Writes the next record, and removes those that are too old; call it with the manifest's lock held. @throws EdenError. */
export function appendRecord(storageRoot: string, record: Omit<HistoryRecord, "version" | "number">): void {
  const numbers = numbersOf(storageRoot, record.path);
  const number = (numbers.at(-1) ?? 0) + 1;
  const text = `${JSON.stringify({ version: 1, number, ...record }, null, 1)}\n`;
  writeByRename(recordPath(storageRoot, record.path, number), text, 0o600);
  for (const old of [...numbers, number].slice(0, -MOST_RECORDS))
    removeQuietly(recordPath(storageRoot, record.path, old));
}

/** Paths of the records of a manifest but for the newest so many. */
export function olderRecords(storageRoot: string, manifestPath: string, kept: number): string[] {
  const numbers = numbersOf(storageRoot, manifestPath);
  return numbers.slice(0, Math.max(0, numbers.length - kept)).map((n) => recordPath(storageRoot, manifestPath, n));
}

function numbersOf(storageRoot: string, manifestPath: string): number[] {
  return listDirectory(directoryOf(storageRoot, manifestPath))
    .filter((name) => /^\d{6,9}\.json$/u.test(name))
    .map((name) => Number.parseInt(name, 10))
    .toSorted((a, b) => a - b);
}

function readRecord(storageRoot: string, manifestPath: string, number: number): HistoryRecord | null {
  try {
    const text = readTextIfExists(recordPath(storageRoot, manifestPath, number));
    if (text === null) return null;
    const record = JSON.parse(text) as HistoryRecord;
    return isRecord(record) && record.number === number && record.path === manifestPath ? record : null;
  } catch (error) {
    // Also what may not be read, as after a run with sudo: no run may fail for its history.
    if (error instanceof SyntaxError || (error instanceof EdenError && error.code !== "DESCRIPTORS_EXHAUSTED"))
      return null;
    throw error;
  }
}

function isRecord(record: HistoryRecord | null): record is HistoryRecord {
  return (
    record?.version === 1 &&
    [record.at, record.command, record.path, record.manifest].every((text) => typeof text === "string") &&
    (record.lockfile === null || typeof record.lockfile === "string") &&
    Array.isArray(record.skills) &&
    record.skills.every(
      (skill: Partial<RecordedChange> | null) =>
        typeof skill?.id === "string" &&
        ["created", "updated", "removed"].includes(skill.change ?? "") &&
        (skill.commit === null || typeof skill.commit === "string"),
    )
  );
}

function recordPath(storageRoot: string, manifestPath: string, number: number): string {
  return join(directoryOf(storageRoot, manifestPath), `${String(number).padStart(6, "0")}.json`);
}

function directoryOf(storageRoot: string, manifestPath: string): string {
  return join(storageRoot, "history", nameOfPath(manifestPath));
}
