import type { FoundLockfile } from "./found-lockfile.js";
import { dirname } from "node:path";
import type { Manifest } from "../manifest/document/manifest.js";
import { placedBase } from "../manifest/names/expand-path.js";
import { Containment } from "../targets/containment.js";
import { intactCopyResolver } from "../targets/interrupted-swap.js";
import { placeOf } from "../system/read-files.js";
import type { MachineFacts } from "../plan/assemble.js";
import { contentOnDisk } from "../store/integrity.js";
import type { MachineState } from "../store/state.js";
import { developmentsOf, type Developments } from "../store/developments.js";
import { unwritableDirectory } from "../system/blocked-path.js";
import { sourcesOfSkills } from "./local-sources.js";
import { readOwnership, type Ownership } from "./ownership.js";
import type { RemoteTargets } from "../remote-targets/remote-targets.js";
import { ProjectLinks } from "./project-links.js";
import { readLockfile } from "./read-lockfile.js";
import { SourcePlaces } from "./source-places.js";
import { openStore } from "../store/store.js";

/** The known state of this machine before a run: the lockfile, and ownership. */
export interface Machine {
  manifest: Manifest;
  home: string;
  found: FoundLockfile;
  state: MachineState;
  /** False as long as this manifest has no state on disk. */
  isRecorded: boolean;
  links: ProjectLinks;
  /** Which target directories may be written to. */
  containment: Containment;
  facts: MachineFacts;
  /** The skills whose targets lead to a clone. */
  development: Developments;
  /** The containers and hosts, as they were seen; null if none was looked at. */
  remote: RemoteTargets | null;
}

/** The current state of the machine. @throws EdenError `STATE_UNREADABLE`. */
export function lookAtMachine(
  manifest: Manifest,
  home: string,
  force: boolean,
  remote: RemoteTargets | null = null,
): Machine {
  const found = readLockfile(manifest, home);
  return machineOf(manifest, home, { found, ownership: readOwnership(manifest, home, found.lockfile), force, remote });
}

/** The state of the machine from a known lockfile and ownership. */
export function machineOf(
  manifest: Manifest,
  home: string,
  {
    found,
    ownership,
    force,
    remote,
  }: { found: FoundLockfile; ownership: Ownership; force: boolean; remote: RemoteTargets | null },
): Machine {
  const { state, isRecorded, ownedAt, claimedByOther } = ownership;
  const links = new ProjectLinks(manifest, home);
  const wholeOf = intactCopyResolver();
  const { recordsRoot, root } = manifest;
  const base = placedBase({ manifestDirectory: manifest.directory, home, root });
  const containment = new Containment({
    project: base.manifestDirectory,
    storageRoot: recordsRoot,
    home: base.home,
    root,
  });
  const development = developmentsOf(manifest);
  let places: SourcePlaces | undefined;
  const facts: MachineFacts = {
    ownedAt,
    destinationOf: (path, text) => links.destinationOf(path, text),
    isStoreLink: (path, text) => openStore(manifest.storageRoot).entryAt(links.destinationOf(path, text)) !== null,
    claimedByOther,
    sourceAt: (skill, path) => (places ??= new SourcePlaces(sourcesOfSkills(manifest.skills))).conflictAt(skill, path),
    checkPlace(path, inProject) {
      containment.check(dirname(path), inProject);
      const failure = unwritableDirectory(dirname(path));
      if (failure !== null) throw failure;
    },
    checkInside: (path) => root?.requireInside(path, placeOf(path)),
    contentOf: (directory) => contentOnDisk(wholeOf(directory)),
    sightOf: (place) => remote?.sightOf(place) ?? null,
    force,
  };
  return { manifest, home, found, state, isRecorded, links, containment, facts, development, remote };
}
