import { join } from "node:path";
import { EdenError } from "../errors.js";
import { isSameFile } from "../system/file-identity.js";
import { nameOfPath } from "../system/path-name.js";
import { listDirectory, lstatIfExists, placeOf, readTextIfExists } from "../system/read-files.js";
import { writeByRename } from "../system/write-files.js";

/** What one manifest has put on this machine. The lockfile says what should be, this says what is ours to replace or remove. */
export interface MachineState {
  version: 1;
  /** Absolute path of the manifest. */
  manifest: string;
  /** By absolute target path. */
  targets: Record<string, OwnedTarget>;
}

/** Whatever of these is found at a path was put there by us. Before an install both the old and the new content are listed. */
export interface OwnedTarget {
  skill: string;
  agents: string[];
  /** Where it lay when it was recorded, links in its directory followed; left out when that is its path. */
  place?: string;
  /** Texts of links. */
  links: string[];
  /** Integrities of copies. */
  integrities: string[];
}

/** What is to be recorded of a target that lies at a path now. */
export function recordOf(path: string, target: OwnedTarget): OwnedTarget {
  const place = placeOf(path);
  const { place: _former, ...rest } = target;
  return place === path ? rest : { ...rest, place };
}

export function statePath(storageRoot: string, manifestPath: string): string {
  return join(storageRoot, "state", `${nameOfPath(manifestPath)}.json`);
}

/**
 * The state of a manifest; null when there is none.
 * @throws EdenError `STATE_UNREADABLE` when the file is damaged or of a newer version: it is left untouched, since without it nobody
 *   could tell our files from the user's.
 */
export function readState(storageRoot: string, manifestPath: string): MachineState | null {
  return readStateAt(statePath(storageRoot, manifestPath));
}

function readStateAt(path: string): MachineState | null {
  const text = readTextIfExists(path);
  if (text === null) return null;
  const state = parse(text);
  if (state !== null) return state;
  throw new EdenError("STATE_UNREADABLE", `${path} is damaged or was written by a newer version`, {
    path,
    hint: "Update eden-skills; or move the file away: copies it installed then count as yours and are kept.",
  });
}

export function writeState(storageRoot: string, state: MachineState): void {
  const path = statePath(storageRoot, state.manifest);
  const targets = Object.fromEntries(Object.entries(state.targets).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const text = `${JSON.stringify({ ...state, targets }, null, 1)}\n`;
  if (readTextIfExists(path) !== text) writeByRename(path, text, 0o600);
}

/** What another manifest of this storage recorded. */
export interface OtherState extends MachineState {
  /** Another manifest that is there, one that is gone, or another name of the same file. */
  standing: "other" | "gone" | "same";
}

/** The states of the other manifests of a storage. Damaged files are left out: they claim nothing. */
export function otherStates(storageRoot: string, manifestPath: string): OtherState[] {
  const directory = join(storageRoot, "state");
  return stateNames(directory).flatMap((name): OtherState[] => {
    const state = parse(readTextIfExists(join(directory, name)) ?? "");
    if (state === null || state.manifest === manifestPath) return [];
    if (lstatIfExists(state.manifest) === null) return [{ ...state, standing: "gone" }];
    return [{ ...state, standing: isSameFile(state.manifest, manifestPath) ? "same" : "other" }];
  });
}

/**
 * The states of all manifests that ever installed something from this storage.
 * @throws EdenError `STATE_UNREADABLE` for any that is damaged.
 */
export function knownStates(storageRoot: string): MachineState[] {
  const directory = join(storageRoot, "state");
  return stateNames(directory)
    .map((name) => readStateAt(join(directory, name)))
    .filter((state) => state !== null);
}

/** What a Finder leaves beside them is no state. */
function stateNames(directory: string): string[] {
  return listDirectory(directory).filter((name) => name.endsWith(".json") && !name.startsWith("."));
}

function parse(text: string): MachineState | null {
  try {
    const value = JSON.parse(text) as MachineState;
    if (
      value?.version !== 1 ||
      typeof value.manifest !== "string" ||
      typeof value.targets !== "object" ||
      value.targets === null ||
      Array.isArray(value.targets)
    )
      return null;
    return Object.values(value.targets).every(isTarget) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isTarget(target: OwnedTarget | null): boolean {
  return (
    typeof target?.skill === "string" &&
    (target.place === undefined || typeof target.place === "string") &&
    [target.agents, target.links, target.integrities].every(
      (texts) => Array.isArray(texts) && texts.every((text) => typeof text === "string"),
    )
  );
}
