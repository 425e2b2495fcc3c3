import { basename, join } from "node:path";
import { EdenError } from "../errors.js";
import { moveBack, moveToBackups } from "../targets/backup.js";
import { StoreWriter } from "../store/store-writer.js";
import { lstatIfExists } from "../system/read-files.js";
import { makeWritable } from "../system/change-trees.js";
import { applyRun } from "./apply-run.js";
import type { RunEvent } from "../run/events.js";
import { readLockfile } from "../workspace/machine.js";
import type { Report } from "../run/report.js";
import type { ApplyInput } from "../run/run-context.js";
import { openStore, type Store } from "../store/store.js";
import { makeStoreWritable } from "../store/make-writable.js";

/** An entry of the store that was set aside, since its content is not what it should be. */
interface Aside {
  tree: string;
  id: string;
  from: string;
  /** Where it is now. */
  to: string;
}

/**
 * An apply that believes nothing of the store that cannot be proved: entries that were changed are moved to the backups and brought anew.
 * What cannot be had again is put back as it was.
 */
export async function repairRun(input: ApplyInput): Promise<Report> {
  const store = openStore(input.manifest.storageRoot);
  makeStoreWritable(store);
  const records = setStatesAside(input);
  const aside = setAside(input);
  const notices = [...input.notices, ...records, ...aside.map(({ id, to }) => notice(id, to))];
  try {
    return await applyRun({ ...input, notices });
  } finally {
    await fillIn(store, aside);
  }
}

/** State files that mean nothing are moved to the backups: nothing can be installed, cleaned or removed beside them. */
function setStatesAside({ manifest: { storageRoot }, clock }: ApplyInput): RunEvent[] {
  const time = clock.date().toISOString().replaceAll(":", "-");
  const store = openStore(storageRoot);
  return store.states
    .unreadable()
    .filter(({ isDamaged }) => isDamaged)
    .map(({ path, error }) => {
      const to = moveToBackups(path, { root: store.backups, time, group: "state", name: basename(path) });
      const about = { code: error.code, stage: "verify", message: `${error.message}; it is kept at ${to}`, hint: null };
      return { type: "notice", at: 0, skill: null, severity: "warning", ...about };
    });
}

function setAside({ manifest, host, clock }: ApplyInput): Aside[] {
  const store = openStore(manifest.storageRoot);
  const pinned = new Set(readLockfile(manifest, host.home).lockfile.skills.map(({ tree }) => tree));
  const time = clock.date().toISOString().replaceAll(":", "-");
  return store
    .trees()
    .filter(({ tree }) => pinned.has(tree))
    .flatMap(({ tree, ids }) => ids.filter((id) => store.isCorrupt(tree, id)).map((id) => ({ tree, id })))
    .map(({ tree, id }) => {
      const from = store.entryDirectory(tree, id);
      // A directory that is to change its parent must be writable itself.
      if (lstatIfExists(from)?.isDirectory() === true) makeWritable(from);
      return {
        tree,
        id,
        from,
        to: moveToBackups(from, { root: store.backups, time, group: join("store", tree), name: id }),
      };
    });
}

/** Entries of other manifests come back from a twin that was mended; what did not come back at all is as it was. */
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

function notice(id: string, to: string): RunEvent {
  const message = `the content of ${id} in the store was changed; what was there is kept at ${to}`;
  return {
    type: "notice",
    at: 0,
    skill: id,
    severity: "warning",
    code: "STORE_CORRUPT",
    stage: "verify",
    message,
    hint: null,
  };
}
