import type { ManifestSkill, RepositorySource } from "../manifest/document/manifest.js";
import type { LockedSkill } from "../manifest/lockfile/lockfile.js";

/** False for a package that the project has installed in another version than the locked one. */
export function hasInstalledVersion({ source }: ManifestSkill, { archive }: LockedSkill): boolean {
  const installed = source.kind === "repository" ? source.installed : undefined;
  return installed === undefined || installed.version === archive?.version;
}

/** False if the registry names another commit for a version: it has republished it. */
export function isAtCommit({ release }: RepositorySource, commit: string): boolean {
  return release == null || release.commit === null || release.commit === commit;
}
