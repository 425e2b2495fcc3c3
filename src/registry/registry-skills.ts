import { EdenError } from "../errors.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest, RepositorySource } from "../manifest/document/manifest.js";
import { RegistryIndex, type RegistryEntry } from "../manifest/registry/registry-index.js";
import type { RunContext } from "../run/run-context.js";
import { findAll } from "./find-in-registries.js";
import { isFrom, lockedRegistrySkills } from "./locked-skills.js";
import { storedIndex, type Refresh } from "./registry-indexes.js";

/** A manifest whose skills of registries have their repositories, as far as they are known. */
export interface ResolvedManifest {
  manifest: Manifest;
  /** Why a skill has no repository, by id. */
  unresolved: ReadonlyMap<string, EdenError>;
}

/**
 * Looks up what the lockfile does not settle; where the run moves pins, all of it. What cannot be
 * found is the failure of its own skill.
 * @param ids skills that are looked up.
 */
export async function resolveRegistrySkills(
  context: RunContext,
  manifest: Manifest,
  lockfile: Lockfile,
  { ids, refresh }: { ids: ReadonlySet<string>; refresh?: Refresh },
): Promise<ResolvedManifest> {
  const { host, settings } = context;
  const moving = settings.update ? ids : new Set<string>();
  const known = await lockedRegistrySkills(manifest, lockfile, host.home, moving);
  const open = known.skills.filter(({ id, enabled, source }) => enabled && ids.has(id) && source.kind === "registry");
  const locked = new Map(lockfile.skills.map((entry) => [entry.id, entry]));
  const wanted = open.flatMap(({ id, source }) => {
    if (source.kind !== "registry") return [];
    const entry = locked.get(id);
    const version = entry !== undefined && isFrom(source, entry) ? entry.resolvedVersion : undefined;
    return [{ ...source, id, locked: version ?? null }];
  });
  const { answers, old } = await findAll(context, manifest, wanted, refresh ?? (settings.update ? "all" : "missing"));
  for (const { error } of old) warn(context, null, error);
  const found = new Map<string, RepositorySource>();
  const unresolved = new Map<string, EdenError>();
  for (const [at, { id }] of wanted.entries()) {
    const answer = answers[at];
    if (answer instanceof EdenError) unresolved.set(id, answer);
    else if (answer !== undefined) {
      found.set(id, answer.source);
      if (answer.yanked) warn(context, id, withdrawn(answer));
    }
  }
  warnOfWithdrawnPins(context, known, ids);
  const skills = known.skills.map((skill) => ({ ...skill, source: found.get(skill.id) ?? skill.source }));
  return { manifest: { ...known, skills }, unresolved };
}

/** Warns of pinned versions that an index which happens to be here says were withdrawn. */
function warnOfWithdrawnPins(context: RunContext, manifest: Manifest, ids: ReadonlySet<string>): void {
  const indexes = new Map<string, ReturnType<typeof storedIndex>>();
  for (const { id, enabled, source } of manifest.skills) {
    const release = source.kind === "repository" ? source.release : undefined;
    const [registry = "", name = ""] = release?.from?.split("/") ?? [];
    if (release === undefined || !enabled || !ids.has(id)) continue;
    if (!indexes.has(registry)) indexes.set(registry, storedIndex(manifest, context.host.home, registry));
    const index = indexes.get(registry);
    if (!(index instanceof RegistryIndex)) continue;
    const versions = entryIfAny(index, name)?.versions ?? [];
    if (versions.some(({ version, yanked }) => yanked && version === release.version))
      warn(context, id, withdrawn({ name, version: release.version, registry }));
  }
}

/** Problems of an index are reported by the code that needs it. */
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

function warn(context: RunContext, skill: string | null, { code, message, facts }: EdenError): void {
  const { stage = "resolve", hint = null } = facts;
  context.notice({ skill, severity: "warning", code, stage, message, hint });
}
