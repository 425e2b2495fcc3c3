import { isCorrupt } from "../store/corrupt-entry.js";
import { basename, join } from "node:path";
import { EdenError } from "../errors.js";
import { moveBack, moveToBackups } from "../targets/backup.js";
import { backupsRoot, entryDirectory } from "../store/layout.js";
import { linkEntry } from "../store/link-entry.js";
import { openStore } from "../store/open-store.js";
import { openStaging } from "../store/staging.js";
import { storedTrees } from "../store/inventory.js";
import { FlushWindow } from "../system/flush-window.js";
import { unreadableStates } from "../store/state.js";
import { lstatIfExists } from "../system/read-files.js";
import { makeWritable } from "../system/change-trees.js";
import { applyRun } from "./apply-run.js";
import type { RunEvent } from "../run/events.js";
import { readLockfile } from "../workspace/machine.js";
import type { Report } from "../run/report.js";
import type { ApplyInput } from "../run/run-context.js";

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
  const { storageRoot } = input.manifest;
  openStore(storageRoot);
  const records = setStatesAside(input);
  const aside = setAside(input);
  const notices = [...input.notices, ...records, ...aside.map(({ id, to }) => notice(id, to))];
  try {
    return await applyRun({ ...input, notices });
  } finally {
    await fillIn(storageRoot, aside);
  }
}

/** State files that mean nothing are moved to the backups: nothing can be installed, cleaned or removed beside them. */
function setStatesAside({ manifest: { storageRoot }, clock }: ApplyInput): RunEvent[] {
  const time = clock.date().toISOString().replaceAll(":", "-");
  return unreadableStates(storageRoot)
    .filter(({ isDamaged }) => isDamaged)
    .map(({ path, error }) => {
      const to = moveToBackups(path, { root: backupsRoot(storageRoot), time, group: "state", name: basename(path) });
      const about = { code: error.code, stage: "verify", message: `${error.message}; it is kept at ${to}`, hint: null };
      return { type: "notice", at: 0, skill: null, severity: "warning", ...about };
    });
}

function setAside({ manifest, host, clock }: ApplyInput): Aside[] {
  const { storageRoot } = manifest;
  const pinned = new Set(readLockfile(manifest, host.home).lockfile.skills.map(({ tree }) => tree));
  const time = clock.date().toISOString().replaceAll(":", "-");
  return storedTrees(storageRoot)
    .filter(({ tree }) => pinned.has(tree))
    .flatMap(({ tree, ids }) => ids.filter((id) => isCorrupt(storageRoot, tree, id)).map((id) => ({ tree, id })))
    .map(({ tree, id }) => {
      const from = entryDirectory(storageRoot, tree, id);
      // A directory that is to change its parent must be writable itself.
      if (lstatIfExists(from)?.isDirectory() === true) makeWritable(from);
      return {
        tree,
        id,
        from,
        to: moveToBackups(from, { root: backupsRoot(storageRoot), time, group: join("store", tree), name: id }),
      };
    });
}

/** Entries of other manifests come back from a twin that was mended; what did not come back at all is as it was. */
async function fillIn(storageRoot: string, aside: readonly Aside[]): Promise<void> {
  const open = aside.filter(({ from }) => lstatIfExists(from) === null);
  if (open.length === 0) return;
  const staging = openStaging(storageRoot);
  try {
    for (const { tree, id, from, to } of open) {
      const marker = await quietly(
        async () => await linkEntry(storageRoot, staging.next(), tree, id, new FlushWindow()),
      );
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
