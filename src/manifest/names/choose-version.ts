import compareBuild from "semver/functions/compare-build.js";
import satisfies from "semver/functions/satisfies.js";

/**
 * Versions and ranges with npm's rules: a pre-release is only in a range that names a pre-release
 * of the same version. Import this module lazily: most manifests name no registry.
 */
export function admits(range: string, version: string): boolean {
  return satisfies(version, range);
}

/**
 * Versions, the highest first; versions that differ only in their build metadata are sorted by it.
 */
export function newestFirst<V extends { version: string }>(versions: readonly V[]): V[] {
  return versions.toSorted((a, b) => compareBuild(b.version, a.version));
}

/**
 * The highest version in a range that was not withdrawn; a withdrawn one only if there is no other
 * and it is `locked`. null if there is none.
 */
export function chooseVersion<V extends { version: string; yanked: boolean }>(
  versions: readonly V[],
  range: string,
  locked: string | null,
): V | null {
  const admitted = newestFirst(versions).filter(({ version }) => admits(range, version));
  return admitted.find(({ yanked }) => !yanked) ?? admitted.find(({ version }) => version === locked) ?? null;
}
