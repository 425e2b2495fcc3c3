import type { Problem } from "../errors.js";
import type { KnownMember, Manifest } from "../manifest/document/manifest.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import { checkedReading } from "./checked-reading.js";
import { collectionState, lockedMembers } from "./locked-members.js";

/** The members of collections, and what is known about them. */
export interface FoundMembers {
  members: readonly KnownMember[];
  /** Positions of the collections that have no other members. */
  complete: ReadonlySet<number>;
}

/**
 * A manifest with the members of its collections.
 * @throws EdenError the problems of the manifest; `DUPLICATE_SKILL_ID` for a skill of two
 *   collections; if it was read strictly, `EMPTY_COLLECTION`.
 */
export async function withMembers(
  manifest: Manifest,
  { members, complete }: FoundMembers,
): Promise<{ manifest: Manifest; warnings: Problem[] }> {
  return checkedReading(await manifest.withMembers(members, complete), manifest.path);
}

/** The members that a lockfile has. */
export function membersIn(manifest: Manifest, lockfile: Lockfile): FoundMembers {
  const settled = manifest.collections.filter((one) => collectionState(manifest, one, lockfile).kind === "settled");
  return {
    members: lockedMembers(manifest, lockfile),
    complete: new Set(settled.map(({ index }) => index)),
  };
}
