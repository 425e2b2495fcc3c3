import { syncedVersions } from "../apply/decide.js";
import type { Synced } from "../apply/synced.js";
import type { UpdatePreview } from "../update/preview-update.js";
import { nextLockfile } from "../workspace/pins.js";
import { lockfileText } from "../workspace/read-lockfile.js";

/** A pin that a proposal moves. */
export interface MovedPin {
  id: string;
  /** null for a new skill. */
  from: string | null;
  /** null for one that upstream removed from a collection. */
  to: string | null;
}

/** The pins that an update moves to other content: neither held back, nor failed, nor kept. */
export function movedPins({ skills }: UpdatePreview): MovedPin[] {
  return skills
    .filter(({ status, held, to }) => {
      const isNew = status === "outdated" || status === "missing" || status === "added";
      return (isNew && held === null) || (status === "removed" && to === null);
    })
    .map(({ id, from, to }) => ({ id, from, to }));
}

/** The lockfile with these pins moved; all others stay. */
export function proposedLockfile(synced: Synced, pins: readonly MovedPin[]): string {
  const { machine, scope } = synced;
  const moved = new Set(pins.map(({ id }) => id));
  const versions = new Map([...syncedVersions(synced)].filter(([id]) => moved.has(id)));
  const { manifest, home, found } = machine;
  return lockfileText(manifest, home, nextLockfile(manifest, found.lockfile, versions, scope));
}
