import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { MachineState, OtherState, OwnedTarget } from "../store/state.js";
import { placeOf } from "../system/read-files.js";
import { exactTargets } from "./exact-targets.js";
import { openRecords } from "../store/records.js";

/**
 * The targets that count as ours on this machine. Places are compared, not paths: an entry behind a
 * directory that became a link was not recorded.
 */
export interface Ownership {
  state: MachineState;
  /**
   * This manifest has a state of its own on disk. If not, `state` contains the targets on which
   * lockfile and machine agree.
   */
  isRecorded: boolean;
  /** Our record for a path; null if there is none. */
  ownedAt(path: string): OwnedTarget | null;
  /** The other manifest with a record for a path, or null. */
  claimedByOther(path: string): string | null;
}

/**
 * Reads ownership from the state of this machine. Records of a deleted manifest, or of this one
 * under another name, are ours, too. The lockfile is used only if this manifest has no state here,
 * and only for entries that match it exactly: it may come from another machine.
 * @throws EdenError `STATE_UNREADABLE`.
 */
export function readOwnership(manifest: Manifest, home: string, lockfile: Lockfile): Ownership {
  const { path } = manifest;
  const { states } = openRecords(manifest);
  const recorded = states.read(path);
  let known: OtherRecords | undefined;
  const others = () => (known ??= otherRecords(states.others(path)));
  const claimedByOther = (target: string) => others().claimed.get(placeOf(target)) ?? null;
  const state: MachineState = recorded ?? { version: 1, manifest: path, targets: Object.create(null) };
  if (recorded === null && !others().hasOtherName) {
    for (const [target, found] of exactTargets(manifest, home, lockfile))
      if (claimedByOther(target) === null) state.targets[target] = found;
  }
  const own = new Map(Object.entries(state.targets).map(([target, found]) => [found.place ?? target, found]));
  return {
    state,
    isRecorded: recorded !== null,
    claimedByOther,
    ownedAt(target) {
      const place = placeOf(target);
      return own.get(place) ?? (others().claimed.has(place) ? null : (others().ours.get(place) ?? null));
    },
  };
}

/** The records of other states, by place. */
interface OtherRecords {
  /** The manifests that own places. */
  claimed: Map<string, string>;
  /** Records of deleted manifests, and of this one under another name. */
  ours: Map<string, OwnedTarget>;
  hasOtherName: boolean;
}

function otherRecords(states: readonly OtherState[]): OtherRecords {
  const records: OtherRecords = { claimed: new Map(), ours: new Map(), hasOtherName: false };
  for (const { manifest, standing, targets } of states) {
    if (standing === "same") records.hasOtherName = true;
    for (const [path, target] of Object.entries(targets)) {
      const place = target.place ?? path;
      if (standing === "other") records.claimed.set(place, manifest);
      else records.ours.set(place, target);
    }
  }
  return records;
}
