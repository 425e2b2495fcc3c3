import { isDeepStrictEqual } from "node:util";
import type { LockedPolicy } from "./locked-policy.js";
import type { LockedCollection, LockedSkill, LockedTarget, Lockfile } from "./lockfile.js";

/** The result of a three-way merge. */
export interface MergedLockfile {
  /** The merged entries. */
  skills: LockedSkill[];
  collections: LockedCollection[];
  policy?: LockedPolicy;
  /**
   * The entries in conflict. Parts without a conflict are merged in both forms; null if a side
   * removed the entry.
   */
  conflicts: { id: string; ours: LockedSkill | null; theirs: LockedSkill | null }[];
}

/**
 * Merges two lockfiles with a common base, entry by entry: a change of one side is applied, an
 * identical change of both sides is applied once, and only an entry that both changed differently
 * is a conflict.
 */
export function mergeLockfiles(base: Lockfile, ours: Lockfile, theirs: Lockfile): MergedLockfile {
  const [before, here, there] = [base, ours, theirs].map(byId) as [Entries, Entries, Entries];
  const known = capabilitiesOf([ours, theirs]);
  const collections = mergeCollections(base.collections, ours.collections, theirs.collections);
  const policy = mergePolicy(base.policy, ours.policy, theirs.policy);
  const merged: MergedLockfile = { skills: [], collections, ...(policy && { policy }), conflicts: [] };
  for (const id of new Set([...here.keys(), ...there.keys()])) {
    const sides = mergeEntry(before.get(id) ?? null, here.get(id) ?? null, there.get(id) ?? null);
    const [mine, other] = [completed(sides.ours, known), completed(sides.theirs, known)];
    if (!isDeepStrictEqual(mine, other)) merged.conflicts.push({ id, ours: mine, theirs: other });
    else if (mine !== null) merged.skills.push(mine);
  }
  return merged;
}

/**
 * A row that both sides changed differently is left out: the next run then resolves the collection
 * at its pinned commit again.
 */
function mergeCollections(...versions: (LockedCollection[] | undefined)[]): LockedCollection[] {
  const [before, here, there] = versions.map((rows) => new Map(rows?.map((row) => [row.source, row])));
  return [...new Set([...(here?.keys() ?? []), ...(there?.keys() ?? [])])].flatMap((source) => {
    const [base, ours, theirs] = [before?.get(source), here?.get(source), there?.get(source)];
    if (isDeepStrictEqual(base, ours)) return theirs ?? [];
    return isDeepStrictEqual(base, theirs) || isDeepStrictEqual(ours, theirs) ? (ours ?? []) : [];
  });
}

/** A pin that both sides moved differently is left out: the next run pins what is current. */
function mergePolicy(base?: LockedPolicy, ours?: LockedPolicy, theirs?: LockedPolicy): LockedPolicy | undefined {
  if (isDeepStrictEqual(base, ours)) return theirs;
  return isDeepStrictEqual(base, theirs) || isDeepStrictEqual(ours, theirs) ? ours : undefined;
}

type Entries = Map<string, LockedSkill>;

function byId({ skills }: Lockfile): Entries {
  return new Map(skills.map((skill) => [skill.id, normal(skill)]));
}

/** Sorts rows, since their order in a file does not count. Capabilities follow from the content. */
function normal(entry: LockedSkill): LockedSkill {
  const { capabilities: _, ...skill } = entry;
  return { ...skill, targets: skill.targets.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) };
}

/** The capabilities of contents, by tree; null where the two sides differ: the next run finds them again. */
function capabilitiesOf(sides: readonly Lockfile[]): Map<string, string | null> {
  const known = new Map<string, string | null>();
  for (const { tree, capabilities } of sides.flatMap(({ skills }) => skills)) {
    if (capabilities === undefined || tree === "") continue;
    const isAgreed = !known.has(tree) || known.get(tree) === capabilities;
    known.set(tree, isAgreed ? capabilities : null);
  }
  return known;
}

function completed(skill: LockedSkill | null, known: ReturnType<typeof capabilitiesOf>): LockedSkill | null {
  const capabilities = skill === null ? null : (known.get(skill.tree) ?? null);
  return skill === null || capabilities === null ? skill : { ...skill, capabilities };
}

/** Both sides after the merge; equal if there is no conflict. */
function mergeEntry(
  base: LockedSkill | null,
  ours: LockedSkill | null,
  theirs: LockedSkill | null,
): { ours: LockedSkill | null; theirs: LockedSkill | null } {
  if (isDeepStrictEqual(base, ours)) return { ours: theirs, theirs };
  if (isDeepStrictEqual(base, theirs)) return { ours, theirs: ours };
  if (ours === null || theirs === null) return { ours, theirs };
  const sides = { ours: { ...ours }, theirs: { ...theirs } };
  for (const group of GROUPS) {
    const [before, here, there] = [base, ours, theirs].map((entry) => valuesOf(entry, group));
    if (isDeepStrictEqual(before, here)) take(sides.ours, theirs, group);
    else if (isDeepStrictEqual(before, there)) take(sides.theirs, ours, group);
  }
  const targets = mergeTargets(base?.targets ?? [], ours.targets, theirs.targets);
  return { ours: { ...sides.ours, targets }, theirs: { ...sides.theirs, targets } };
}

/** Fields that belong together: half a pin from each side would be invalid. */
const GROUPS = [
  [
    "sourceRepo",
    "sourceRef",
    "sourceSubpath",
    "resolvedCommit",
    "tree",
    "integrity",
    "resolvedVersion",
    "resolvedFrom",
    "site",
    "archive",
    "alias",
    "installedIntegrity",
  ],
  ["collection"],
  ["installMode"],
] as const satisfies readonly (readonly (keyof LockedSkill)[])[];

type Group = (typeof GROUPS)[number];

function valuesOf(entry: LockedSkill | null, group: Group): unknown[] {
  return group.map((field) => entry?.[field]);
}

function take(into: LockedSkill, from: LockedSkill, group: Group): void {
  for (const field of group) {
    if (from[field] === undefined) delete into[field as "resolvedVersion"];
    else Object.assign(into, { [field]: from[field] });
  }
}

/** A row exists or not: the side that changed this takes precedence. */
function mergeTargets(
  base: readonly LockedTarget[],
  ours: readonly LockedTarget[],
  theirs: readonly LockedTarget[],
): LockedTarget[] {
  const [before, here, there] = [base, ours, theirs].map((rows) => new Set(rows.map(keyOf))) as [Keys, Keys, Keys];
  const rows = new Map([...ours, ...theirs].map((row) => [keyOf(row), row]));
  const kept = [...rows].filter(([key]) => (here.has(key) === before.has(key) ? there.has(key) : here.has(key)));
  return kept.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

type Keys = Set<string>;

function keyOf({ agent, path, environment }: LockedTarget): string {
  return JSON.stringify([agent, path, environment ?? ""]);
}
