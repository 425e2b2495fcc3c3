import { basename, join } from "node:path";
import { EdenError } from "../errors.js";
import { moveBack, moveToBackups } from "../targets/backup.js";
import { StoreWriter } from "../store/store-writer.js";
import { lstatIfExists } from "../system/read-files.js";
import { makeWritable } from "../system/change-trees.js";
import type { RunEvent } from "../run/events.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import type { Report } from "../run/report.js";
import { makeStoreWritable } from "../store/make-writable.js";
import { openRecords, type Records } from "../store/records.js";
import { openStore, type Store } from "../store/store.js";
import { notice } from "../run/notice.js";
import type { RunContext } from "../run/run-context.js";
import type { Job } from "../workspace/job.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { applyRun } from "./pipeline.js";

/** A changed store entry that was moved aside. */
interface Aside {
  tree: string;
  id: string;
  from: string;
  /** Its new path. */
  to: string;
}

/**
 * An apply that verifies everything in the store: changed entries are moved to the backups and
 * fetched again. Entries that cannot be fetched again are restored.
 */
export async function repairRun(context: RunContext, job: Job): Promise<Report> {
  const store = openStore(job.manifest.storageRoot);
  makeStoreWritable(store);
  const records = setStatesAside(context, openRecords(job.manifest));
  const aside = setAside(context, store, job.manifest);
  const notices = [...job.notices, ...records, ...aside.map(asideNotice)];
  try {
    return await applyRun(context, { ...job, notices });
  } finally {
    await fillIn(store, aside);
  }
}

/**
 * Moves unreadable state files to the backups: while they exist, nothing can be installed, cleaned
 * or removed.
 */
function setStatesAside({ startedAt }: RunContext, { states, backups }: Records): RunEvent[] {
  return states
    .unreadable()
    .filter(({ isDamaged }) => isDamaged)
    .map(({ path, error }) => {
      const place = { root: backups, startedAt, group: "state", name: basename(path) };
      const message = `${error.message}; it is kept at ${moveToBackups(path, place)}`;
      return notice({ severity: "warning", code: error.code, stage: "verify", message });
    });
}

function setAside({ host, startedAt }: RunContext, store: Store, manifest: Manifest): Aside[] {
  const pinned = new Set(readLockfile(manifest, host.home).lockfile.skills.flatMap((skill) => store.treesOf(skill)));
  return store
    .trees()
    .filter(({ tree }) => pinned.has(tree))
    .flatMap(({ tree, ids }) => ids.filter((id) => store.isCorrupt(tree, id)).map((id) => ({ tree, id })))
    .map(({ tree, id }) => {
      const from = store.entryDirectory(tree, id);
      // A directory that moves to another parent must be writable itself.
      if (lstatIfExists(from)?.isDirectory() === true) makeWritable(from);
      const place = { root: store.backups, startedAt, group: join("store", tree), name: id };
      return { tree, id, from, to: moveToBackups(from, place) };
    });
}

function asideNotice({ id, to }: Aside): RunEvent {
  const message = `the content of ${id} in the store was changed; what was there is kept at ${to}`;
  return notice({ skill: id, severity: "warning", code: "STORE_CORRUPT", stage: "verify", message });
}

/**
 * Restores entries of other manifests from a repaired entry with the same content, and all others
 * unchanged.
 */
async function fillIn(store: Store, aside: readonly Aside[]): Promise<void> {
  const open = aside.filter(({ from }) => lstatIfExists(from) === null);
  if (open.length === 0) return;
  const staging = store.openStaging();
  const writer = new StoreWriter(store, staging);
  try {
    for (const { tree, id, from, to } of open) {
      const marker = await quietly(async () => await writer.findOrLink(tree, id));
      if (marker === null && lstatIfExists(from) === null) moveBack(to, from);
    }
  } finally {
    staging.dispose();
  }
}

async function quietly<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}
