import compareBuild from "semver/functions/compare-build.js";
import satisfies from "semver/functions/satisfies.js";

/**
 * Versions and ranges as npm reads them: a pre-release is admitted only by a range that names a pre-release of the same version. Import this
 * module lazily: most manifests name no registry.
 */
export function admits(range: string, version: string): boolean {
  return satisfies(version, range);
}

/** Versions, the highest first; those that differ in their build alone by that. */
export function newestFirst<V extends { version: string }>(versions: readonly V[]): V[] {
  return versions.toSorted((a, b) => compareBuild(b.version, a.version));
}

/**
 * The highest version that a range admits and that was not withdrawn; a withdrawn one only when nothing else is left and it is the one that is
 * `locked`. null when there is none.
 */
export function chooseVersion<V extends { version: string; yanked: boolean }>(
  versions: readonly V[],
  range: string,
  locked: string | null,
): V | null {
  const admitted = newestFirst(versions).filter(({ version }) => admits(range, version));
  return admitted.find(({ yanked }) => !yanked) ?? admitted.find(({ version }) => version === locked) ?? null;
}
