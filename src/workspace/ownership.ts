import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { MachineState, OtherState, OwnedTarget } from "../store/state.js";
import { placeOf } from "../system/read-files.js";
import { exactTargets } from "./exact-targets.js";
import { openStore } from "../store/store.js";

/** What counts as ours on this machine. Places are compared, not paths: what lies behind a directory that became a link is not what was recorded. */
export interface Ownership {
  state: MachineState;
  /** This manifest has a state of its own on the disk. Where it has none, `state` is what lockfile and machine agree on. */
  isRecorded: boolean;
  /** What we are known to have put there; null when nothing. */
  ownedAt(path: string): OwnedTarget | null;
  /** The other manifest that has put something there, or null. */
  claimedByOther(path: string): string | null;
}

/**
 * What is ours by the state of this machine. What a manifest that is gone has recorded, or this one under another name, is ours, too. The
 * lockfile is asked only where this manifest has no state here, and believed only where it says exactly what lies there: it may come from
 * another machine.
 * @throws EdenError `STATE_UNREADABLE`.
 */
export function readOwnership(manifest: Manifest, home: string, lockfile: Lockfile): Ownership {
  const { storageRoot, path } = manifest;
  const { states } = openStore(storageRoot);
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

/** What other states have recorded, by place. */
interface OtherRecords {
  /** The manifests to which places belong. */
  claimed: Map<string, string>;
  /** Of manifests that are gone, and of this one under another name. */
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
