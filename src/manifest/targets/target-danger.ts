import { dirname, join, parse } from "node:path";

/**
 * The places that a target must not replace, contain or be inside of; absolute. `storageRoot` is
 * null if unknown.
 */
export interface ProtectedPlaces {
  home: string;
  manifestDirectory: string;
  storageRoot: string | null;
}

/**
 * Why skills must not be installed below a directory, or null if they may. Names are compared
 * without regard to case, as some file systems do, so that no spelling circumvents a rule.
 */
export function targetRootDanger(root: string, places: ProtectedPlaces): string | null {
  const folded = foldPath(root);
  if (folded === foldPath(parse(root).root)) return "this is the root of the file system";
  if (contains(folded, foldPath(places.home))) return "this is the home directory, or a directory that holds it";
  if (folded === foldPath(places.manifestDirectory)) return "this is the directory of the manifest itself";
  return placeDanger(folded, places);
}

/**
 * Why a skill's own directory must not be created, replaced or removed at a path, or null if it
 * may.
 */
export function targetPathDanger(path: string, places: ProtectedPlaces): string | null {
  const folded = foldPath(path);
  if (contains(folded, foldPath(places.home))) return "the skill would take the place of the home directory";
  if (contains(folded, foldPath(places.manifestDirectory)))
    return "the skill would take the place of the manifest's directory";
  if (places.storageRoot !== null && contains(folded, foldPath(places.storageRoot))) {
    return "the skill would take the place of the storage root";
  }
  return placeDanger(folded, places);
}

/** Normalises a name: names that are the same file on some file system become equal. */
export function foldPath(path: string): string {
  return path.normalize("NFC").toLowerCase().normalize("NFC");
}

/** True if `inner` equals `outer` or is inside it; both folded, or both not. */
export function contains(outer: string, inner: string): boolean {
  for (let place = inner; ; place = dirname(place)) {
    if (place === outer) return true;
    if (dirname(place) === place) return false;
  }
}

function placeDanger(folded: string, places: ProtectedPlaces): string | null {
  if (contains(foldPath(join(places.home, ".ssh")), folded)) return "this is where ssh keeps its keys";
  if (places.storageRoot !== null && contains(foldPath(places.storageRoot), folded)) {
    return "this is inside the storage root, where the store keeps skills";
  }
  return folded.split(/[/\\]/).includes(".git") ? "this leads into the insides of a git repository" : null;
}
