import type { ContentIdentity } from "./integrity.js";
import type { Safety } from "./safety.js";

/** What is known of one store entry. Its presence says that the content is complete. */
export interface Marker extends ContentIdentity {
  version: 1;
  tree: string;
  files: number;
  bytes: number;
  safety: Safety;
  /** Why its SKILL.md is not as it should be, or null. */
  skillProblem: string | null;
  /** Paths of executable files: the file system of the store may not keep that. */
  executables: string[];
  /** Which of its files holds which object of git, by object id; links are left out. */
  blobs: Record<string, string>;
  /** Where this content was found; lets a locked commit be trusted without asking git again. */
  origins: Origin[];
}

export interface Origin {
  /** The normalised repository URL; a path for a directory. */
  repository: string;
  /** "" for a directory. */
  commit: string;
  subpath: string;
}

/** The `skillProblem` of a directory that is no skill at all. */
export const NO_SKILL_FILE = "there is no SKILL.md";

/** A marker as it was written; null for anything else. */
export function parseMarker(text: string): Marker | null {
  try {
    const marker = JSON.parse(text) as Marker;
    return isMarker(marker) ? marker : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isMarker(marker: Marker | null): marker is Marker {
  if (marker?.version !== 1 || typeof marker.integrity !== "string" || !Array.isArray(marker.origins)) return false;
  if (![marker.otherIntegrities ?? [], marker.executables].every(areTexts)) return false;
  if (marker.skillProblem !== null && typeof marker.skillProblem !== "string") return false;
  if (Object.values(marker.blobs ?? { missing: null }).some((path) => typeof path !== "string")) return false;
  return marker.origins.every((origin: Partial<Origin> | null) =>
    [origin?.repository, origin?.commit, origin?.subpath].every((text) => typeof text === "string"),
  );
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

export function hasOrigin(marker: Marker, origin: Origin): boolean {
  return marker.origins.some((known) => isSame(known, origin));
}

/** How many origins a marker keeps: enough for every pin in use; older ones are asked for again when they are needed. */
const MOST_ORIGINS = 64;

/** The origins with one more at the front, each once. */
export function withOrigin(origins: readonly Origin[], origin: Origin): Origin[] {
  const others = origins.filter((known) => !isSame(known, origin));
  return [origin, ...others].slice(0, MOST_ORIGINS);
}

function isSame(one: Origin, other: Origin): boolean {
  return one.repository === other.repository && one.commit === other.commit && one.subpath === other.subpath;
}
