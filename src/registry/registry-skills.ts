import { EdenError } from "../errors.js";
import type { LockedSkill, Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill, RegistrySource, RepositorySource } from "../manifest/document/manifest.js";
import { RegistryIndex, type RegistryEntry } from "../manifest/registry/registry-index.js";
import { repositoryAt } from "../manifest/source/skill-source.js";
import { parseSource } from "../manifest/source/source-grammar.js";
import type { RunEvent } from "../run/events.js";
import { findAll } from "./find-in-registries.js";
import { storedIndex, type Refresh, type RegistryAccess } from "./registry-indexes.js";

/** A manifest whose skills of registries name their repositories, as far as those are known. */
export interface ResolvedManifest {
  manifest: Manifest;
  /** Why a skill has none, by id. */
  unresolved: ReadonlyMap<string, EdenError>;
  /** What the user should know of it. */
  notices: RunEvent[];
}

/**
 * The manifest with the repositories that the lockfile has for its skills of registries, where the range still admits the locked version: no
 * registry is asked. Other skills of registries stay as they are.
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
    // Whoever wrote the lockfile must not lead a registry's skill to files of this machine, unless the registry is on it.
    if (source?.host === "" && !isLocal) return skill;
    return source === null ? skill : { ...skill, source };
  });
  return { ...manifest, skills };
}

/** A name that was changed, or a registry that is asked for now, makes it another skill. */
function isFrom({ name, registry }: RegistrySource, { id, resolvedFrom }: LockedSkill): boolean {
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

/**
 * Looks up what the lockfile does not settle. What cannot be found is the failure of its own skill.
 * @param ids skills that are looked up; those that are moving even though they are locked.
 */
export async function resolveRegistrySkills(
  access: RegistryAccess,
  lockfile: Lockfile,
  { ids, isMoving, refresh }: { ids: ReadonlySet<string>; isMoving: boolean; refresh: Refresh },
): Promise<ResolvedManifest> {
  const { host, clock } = access;
  const known = await lockedRegistrySkills(access.manifest, lockfile, host.home, isMoving ? ids : new Set());
  const open = known.skills.filter(({ id, enabled, source }) => enabled && ids.has(id) && source.kind === "registry");
  const locked = new Map(lockfile.skills.map((entry) => [entry.id, entry]));
  const wanted = open.flatMap(({ id, source }) => {
    if (source.kind !== "registry") return [];
    const entry = locked.get(id);
    const version = entry !== undefined && isFrom(source, entry) ? entry.resolvedVersion : undefined;
    return [{ ...source, id, locked: version ?? null }];
  });
  const { answers, old } = await findAll(access, wanted, refresh);
  const notices = old.map(({ error }): RunEvent => noticeOf(clock.now(), null, error));
  const found = new Map<string, RepositorySource>();
  const unresolved = new Map<string, EdenError>();
  for (const [at, { id }] of wanted.entries()) {
    const answer = answers[at];
    if (answer instanceof EdenError) unresolved.set(id, answer);
    else if (answer !== undefined) {
      found.set(id, answer.source);
      if (answer.yanked) notices.push(noticeOf(clock.now(), id, withdrawn(answer)));
    }
  }
  notices.push(...withdrawnPins(access, known, ids));
  const skills = known.skills.map((skill) => ({ ...skill, source: found.get(skill.id) ?? skill.source }));
  return { manifest: { ...known, skills }, unresolved, notices };
}

/** Of pinned versions, those that an index which happens to be here says were withdrawn. */
function withdrawnPins(access: RegistryAccess, { skills }: Manifest, ids: ReadonlySet<string>): RunEvent[] {
  const indexes = new Map<string, ReturnType<typeof storedIndex>>();
  return skills.flatMap(({ id, enabled, source }) => {
    const release = source.kind === "repository" ? source.release : undefined;
    const [registry = "", name = ""] = release?.from?.split("/") ?? [];
    if (release === undefined || !enabled || !ids.has(id)) return [];
    if (!indexes.has(registry)) indexes.set(registry, storedIndex(access, registry));
    const index = indexes.get(registry);
    if (!(index instanceof RegistryIndex)) return [];
    const versions = entryIfAny(index, name)?.versions ?? [];
    const isWithdrawn = versions.some(({ version, yanked }) => yanked && version === release.version);
    return isWithdrawn
      ? [noticeOf(access.clock.now(), id, withdrawn({ name, version: release.version, registry }))]
      : [];
  });
}

/** What is wrong with an index is told by whoever needs it. */
function entryIfAny(index: RegistryIndex, name: string): RegistryEntry | null {
  try {
    return index.entry(name);
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}

function withdrawn({ name, version, registry }: { name: string; version: string; registry: string }): EdenError {
  return new EdenError("VERSION_YANKED", `${name} ${version} was withdrawn from registry ${registry}`, {
    stage: "resolve",
    hint: "Allow another version in the manifest's range.",
  });
}

function noticeOf(at: number, skill: string | null, { code, message, facts }: EdenError): RunEvent {
  const stage = facts.stage ?? "resolve";
  return { type: "notice", at, skill, severity: "warning", code, stage, message, hint: facts.hint ?? null };
}
