/** The effect of a run on one skill. */
export interface RecordedChange {
  id: string;
  change: "created" | "updated" | "removed";
  /** The commit of its content; null for a directory, and for a removed skill. */
  commit: string | null;
}

/** One state of a manifest: after a run, or before a rollback replaced it. */
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
  /** The text of the lockfile; null if there was none. */
  lockfile: string | null;
  skills: RecordedChange[];
}
