import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import type { LockedCollection, LockedSkill, Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { formatEnvironment } from "../manifest/targets/target-environment.js";
import type { SkillVersion } from "../run/events.js";
import { hasUsualGlobs, missingMembers, rowOf } from "./locked-members.js";
import type { Machine } from "./machine.js";
import { isAbout, type RunScope } from "../run/scope.js";
import { policyDifference } from "./stored-policy.js";
import { hasInstalledVersion, isAtCommit } from "./same-release.js";
import { isLinkedLive } from "./target-mode.js";

/**
 * The pins of the lockfile, by skill id: only entries whose repo, ref and subpath equal the
 * manifest's.
 */
export function pinsOf(manifest: Manifest, lockfile: Lockfile): Map<string, SkillVersion> {
  const locked = new Map(lockfile.skills.map((entry) => [entry.id, entry]));
  const pins = new Map<string, SkillVersion>();
  for (const skill of manifest.skills) {
    const entry = locked.get(skill.id);
    if (
      entry === undefined ||
      skill.source.kind !== "repository" ||
      entry.resolvedCommit === "" ||
      !isSameSource(skill, entry)
    )
      continue;
    pins.set(skill.id, versionOf(entry));
  }
  return pins;
}

/**
 * The new lockfile for a resolution. A skill without a new resolution keeps its entry, if it has
 * one; a skill that was removed from the manifest loses it, if it is in the scope of the run.
 */
export function nextLockfile(
  manifest: Manifest,
  before: Lockfile,
  versions: ReadonlyMap<string, SkillVersion>,
  scope: RunScope,
): Lockfile {
  const locked = new Map(before.skills.map((entry) => [entry.id, entry]));
  const kept = manifest.skills.flatMap((skill) => {
    const entry = locked.get(skill.id);
    const version = versions.get(skill.id) ?? (isAbout(scope, skill.id) ? versionElsewhere(skill, entry) : null);
    if (version !== null) return [lockedSkill(skill, version, entry)];
    if (entry === undefined) return [];
    const current = asMember(skill, entry);
    return [skill.enabled ? current : { ...current, targets: [] }];
  });
  const known = new Set(manifest.skills.map(({ id }) => id));
  const skills = [...kept, ...before.skills.filter(({ id }) => !known.has(id) && !isAbout(scope, id))];
  const collections = nextRows(manifest, before, new Set(skills.map(({ id }) => id)), scope);
  const { team } = manifest.policy;
  const policy = team === null ? undefined : (team.pin ?? before.policy);
  return { skills, ...(collections.length > 0 && { collections }), ...(policy !== undefined && { policy }) };
}

/** An entry with the collection that its skill is a member of now, so that each run writes the same. */
function asMember(skill: ManifestSkill, entry: LockedSkill): LockedSkill {
  if (entry.collection === skill.collection?.key || !isSameSource(skill, entry)) return entry;
  const { collection: _, ...own } = entry;
  return skill.collection === undefined ? own : { ...own, collection: skill.collection.key };
}

/**
 * The rows of collections. One whose members are not all known keeps its row; a collection with all
 * skills of its source needs none.
 */
function nextRows(
  manifest: Manifest,
  before: Lockfile,
  locked: ReadonlySet<string>,
  scope: RunScope,
): LockedCollection[] {
  const { collections, skills } = manifest;
  const [complete, others] = [true, false].map(
    (wanted) => new Set(collections.filter(({ isComplete }) => isComplete === wanted).map(({ key }) => key)),
  ) as [Set<string>, Set<string>];
  const kept = (before.collections ?? []).filter(
    ({ source }) => others.has(source) || (scope !== "all" && !complete.has(source)),
  );
  const added = collections
    .filter(({ isComplete }) => isComplete)
    .flatMap((collection) => {
      const members = skills.filter((skill) => skill.collection?.index === collection.index);
      const incomplete = members.some(({ id }) => !locked.has(id));
      const isAlone = collections.filter(({ key }) => key === collection.key).length === 1;
      const isUsual = hasUsualGlobs(collection) && members.length > 0 && isAlone && !incomplete;
      return isUsual ? [] : [rowOf(collection, incomplete)];
    });
  return [...kept.filter((row) => !added.some((one) => isDeepStrictEqual(one, { ...row }))), ...added];
}

/**
 * The locked version of a skill that this machine does not have: its entry is kept up to date
 * without its content. null if it has to be resolved, and for every other skill.
 */
export function versionElsewhere(skill: ManifestSkill, entry: LockedSkill | undefined): SkillVersion | null {
  if (skill.isHere || entry === undefined || !isSameSource(skill, entry)) return null;
  const isComplete = (entry.tree !== "" || isLinkedLive(skill)) && isSameCopy(skill, entry);
  return isComplete ? versionOf(entry) : null;
}

function versionOf(entry: LockedSkill): SkillVersion {
  const { resolvedCommit: commit, tree, integrity, installedIntegrity, archive, site } = entry;
  const more = { ...(installedIntegrity !== undefined && { installedIntegrity }), ...(archive && { archive }) };
  return { commit, tree, integrity, ...more, ...(site !== undefined && { site }) };
}

/** True for an entry with the copy of the skill's alias, or without a copy for a skill without one. */
function isSameCopy({ alias }: ManifestSkill, entry: LockedSkill): boolean {
  return (entry.alias ?? null) === alias && (entry.installedIntegrity !== undefined) === (alias !== null);
}

/** @param before its entry so far: the same content has the same capabilities. */
function lockedSkill(skill: ManifestSkill, version: SkillVersion, before: LockedSkill | undefined): LockedSkill {
  // A live-linked directory has no pinned content, even if one of its targets is a copy.
  const { commit, tree, integrity } = isLinkedLive(skill) ? { commit: "", tree: "", integrity: "" } : version;
  const { alias } = skill;
  const { installedIntegrity, archive, site } = version;
  return {
    ...sourceOf(skill),
    ...(skill.collection !== undefined && { collection: skill.collection.key }),
    resolvedCommit: commit,
    tree,
    integrity,
    ...(site !== undefined && { site }),
    ...(archive !== undefined && { archive }),
    ...(alias !== null && installedIntegrity !== undefined && { alias, installedIntegrity }),
    ...(before?.capabilities !== undefined &&
      tree !== "" &&
      before.tree === tree && { capabilities: before.capabilities }),
    targets: lockedTargets(skill),
  };
}

/** One row per agent; none for a skill that is not to be installed. */
function lockedTargets(skill: ManifestSkill): LockedSkill["targets"] {
  if (!hasTargets(skill)) return [];
  return skill.targets.flatMap(({ agents, path, environment }) =>
    agents.map((agent) => ({
      agent,
      path,
      ...(environment.kind !== "local" && { environment: formatEnvironment(environment) }),
    })),
  );
}

/** True if the targets of a skill are wanted on this machine. */
export function isInstalled(skill: ManifestSkill): boolean {
  return skill.isHere && hasTargets(skill);
}

/** True if the targets of a skill are wanted on machines with its groups. */
function hasTargets(skill: ManifestSkill): boolean {
  return skill.enabled && !skill.noExecMetadataOnly;
}

type LockedSource = Pick<LockedSkill, "id" | "sourceRepo" | "sourceRef" | "sourceSubpath" | "installMode"> &
  Partial<Pick<LockedSkill, "resolvedVersion" | "resolvedFrom">>;

/** The fields that the lockfile repeats from the manifest, and from the registry of a skill. */
function sourceOf({ id, source, installMode }: ManifestSkill): LockedSource {
  if (source.kind === "registry")
    return { id, sourceRepo: source.name, sourceRef: "", sourceSubpath: ".", resolvedVersion: "", installMode };
  const { repo, ref, subpath } = source;
  const release = source.kind === "repository" ? source.release : undefined;
  return {
    id,
    sourceRepo: repo,
    sourceRef: ref ?? "",
    sourceSubpath: subpath,
    installMode,
    ...(release !== undefined && { resolvedVersion: release.version }),
    ...(release?.from != null && { resolvedFrom: release.from }),
  };
}

function isSameSource(skill: ManifestSkill, entry: LockedSkill): boolean {
  const { sourceRepo, sourceRef, sourceSubpath } = sourceOf(skill);
  const isCommit = skill.source.kind !== "repository" || isAtCommit(skill.source, entry.resolvedCommit);
  return (
    isCommit &&
    hasInstalledVersion(skill, entry) &&
    sourceRepo === entry.sourceRepo &&
    sourceRef === entry.sourceRef &&
    sourceSubpath === entry.sourceSubpath
  );
}

/**
 * For `--frozen`: the lockfile must exist, be readable, and match the manifest exactly.
 * @throws EdenError `LOCK_OUT_OF_DATE` that lists every difference.
 */
export function requireUpToDate({ manifest, found }: Pick<Machine, "manifest" | "found">): void {
  if (found.text === null) throw lockOutOfDate("there is no lockfile");
  if (found.problem !== null) throw lockOutOfDate(found.problem);
  const { lockfile } = found;
  const locked = new Map(lockfile.skills.map((entry) => [entry.id, entry]));
  const wanted = new Set(manifest.skills.map(({ id }) => id));
  const differences = [
    ...policyDifference(manifest, lockfile),
    ...missingMembers(manifest, lockfile),
    ...lockfile.skills.filter(({ id }) => !wanted.has(id)).map(({ id }) => `${id} is locked but not in the manifest`),
    ...manifest.skills.flatMap((skill) => {
      const entry = locked.get(skill.id);
      // A skill that was never enabled has never been resolved.
      if (entry === undefined) return skill.enabled ? [`${skill.id} is not locked`] : [];
      const expected = sourceOf(skill);
      const names = {
        ...(skill.source.kind !== "registry" && SOURCE_NAMES),
        resolvedVersion: "version",
        installMode: "mode",
      };
      const changed: string[] = (Object.keys(names) as (keyof typeof names)[])
        .filter((key) => expected[key] !== entry[key])
        .flatMap((key) => names[key] ?? []);
      if (entry.collection !== undefined && entry.collection !== skill.collection?.key) changed.push("collection");
      if (!hasInstalledVersion(skill, entry)) changed.push("installed version");
      if (!isSameCopy(skill, entry)) changed.push("alias");
      if (targetKeys(lockedTargets(skill)) !== targetKeys(entry.targets)) changed.push("targets");
      return changed.length === 0 ? [] : [`${skill.id}: ${changed.join(", ")} changed`];
    }),
  ];
  if (differences.length > 0) throw lockOutOfDate(differences.join("; "));
}

const SOURCE_NAMES = { sourceRepo: "repo", sourceRef: "ref", sourceSubpath: "subpath" };

function targetKeys(targets: LockedSkill["targets"]): string {
  return targets
    .map(({ agent, path, environment }) => JSON.stringify([agent, path, environment ?? ""]))
    .toSorted()
    .join("\n");
}

function lockOutOfDate(why: string): EdenError {
  return new EdenError("LOCK_OUT_OF_DATE", `the lockfile does not match the manifest: ${why}`, {
    hint: "Run `eden-skills apply` without --frozen and commit the lockfile.",
  });
}
