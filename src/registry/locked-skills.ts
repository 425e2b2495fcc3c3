import type { LockedSkill, Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill, RegistrySource, RepositorySource } from "../manifest/document/manifest.js";
import { repositoryAt } from "../manifest/source/skill-source.js";
import { parseSource } from "../manifest/source/source-grammar.js";

/**
 * The manifest with the repositories of the lockfile for its skills of registries, if the range
 * still contains the locked version: no registry is asked. Other skills of registries stay
 * unchanged.
 * @param moving ids of skills whose pins do not count.
 */
export async function lockedRegistrySkills(
  manifest: Manifest,
  lockfile: Lockfile,
  home: string,
  moving: ReadonlySet<string> = new Set(),
): Promise<Manifest> {
  if (!manifest.skills.some(({ source }) => source.kind === "registry")) return manifest;
  const { admits } = await import("../manifest/names/choose-version.js");
  const locked = new Map(lockfile.skills.map((entry) => [entry.id, entry]));
  const isLocal = Object.values(manifest.registries).some((registry) => registry.source.host === "");
  const skills = manifest.skills.map((skill): ManifestSkill => {
    const entry = locked.get(skill.id);
    if (skill.source.kind !== "registry" || entry === undefined || moving.has(skill.id)) return skill;
    const { resolvedVersion: version } = entry;
    if (version === undefined || !isFrom(skill.source, entry) || !admits(skill.source.version, version)) return skill;
    const source = lockedSource(entry, version, { directory: manifest.directory, home });
    // A lockfile must not lead a registry's skill to files of this machine, unless the registry is
    // on it.
    if (source?.host === "" && !isLocal) return skill;
    return source === null ? skill : { ...skill, source };
  });
  return { ...manifest, skills };
}

/** False for a skill whose name or registry was changed: it is another skill then. */
export function isFrom({ name, registry }: RegistrySource, { id, resolvedFrom }: LockedSkill): boolean {
  if (resolvedFrom === undefined) return name === id;
  return resolvedFrom.endsWith(`/${name}`) && (registry === null || resolvedFrom === `${registry}/${name}`);
}

function lockedSource(
  { sourceRepo, sourceRef, sourceSubpath, resolvedCommit, resolvedFrom }: LockedSkill,
  version: string,
  place: { directory: string; home: string },
): RepositorySource | null {
  const parsed = parseSource(sourceRepo, place);
  if (parsed.kind === "refused" || resolvedCommit === "") return null;
  const ref = sourceRef === "" ? null : sourceRef;
  const release = { from: resolvedFrom ?? null, version, commit: null };
  return { ...repositoryAt(sourceRepo, parsed), ref, subpath: sourceSubpath, release };
}
