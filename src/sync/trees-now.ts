import type { EdenError } from "../errors.js";
import type { ResolvedRef } from "../git/mirror.js";
import type { Repositories } from "../git/repositories.js";
import type { Repository } from "../git/repository.js";
import type { RepositorySource, SkillLimits } from "../manifest/document/manifest.js";
import type { SkillVersion } from "../run/events.js";
import { hasOrigin } from "../store/marker.js";
import { isNoSkill } from "./is-no-skill.js";
import type { Store } from "../store/store.js";

/** What a commit has of a skill: a tree; nothing, since it was removed; or why that is unknown. */
export type TreeNow = { tree: string } | { removed: true } | { error: EdenError };

/** A skill whose commit is not the pinned one. */
export interface MovedSkill {
  id: string;
  source: RepositorySource;
  ref: ResolvedRef;
  pin: SkillVersion;
}

/** Where trees are looked up. */
export interface TreeAccess {
  repositories: Repositories;
  store: Store;
  limits: SkillLimits;
}

/**
 * What new commits of one repository have of skills. What the store knows of a commit is believed;
 * otherwise commits and trees are fetched into the mirror, where an update finds them, and no file
 * contents.
 * @throws EdenError when the repository as a whole cannot be fetched; the signal's reason when
 *   aborted.
 */
export async function treesNow(
  access: TreeAccess,
  skills: readonly MovedSkill[],
  signal: AbortSignal,
): Promise<Map<string, TreeNow>> {
  const known = new Map<string, TreeNow>();
  for (const { id, source, ref, pin } of skills) {
    const marker = access.store.readMarker(pin.tree);
    const origin = { repository: source.key, commit: ref.commit, subpath: source.subpath };
    if (marker !== null && hasOrigin(marker, origin)) known.set(id, { tree: pin.tree });
  }
  const unknown = skills.filter(({ id }) => !known.has(id));
  const [first] = unknown;
  if (first === undefined) return known;
  const found = await access.repositories.open(first.source, { signal }, async (repository) => {
    return await lookAt(access, repository, unknown);
  });
  return new Map([...known, ...found]);
}

async function lookAt(
  { store, limits }: TreeAccess,
  repository: Repository,
  skills: readonly MovedSkill[],
): Promise<Map<string, TreeNow>> {
  const found = new Map<string, TreeNow>();
  const failures = await repository.fetch(
    skills.map(({ ref }) => ref),
    "none",
  );
  const present = skills.filter(({ id, ref }) => {
    const error = failures.get(ref.oid);
    if (error !== undefined) found.set(id, { error });
    return error === undefined;
  });
  const places = present.map(({ ref, source }) => ({ commit: ref.commit, subpath: source.subpath }));
  const listings = await repository.list(places, 2 * limits.maxFiles + 1000);
  for (const [index, { id, pin }] of present.entries()) {
    const listing = listings[index] ?? { problem: "absent" };
    if ("problem" in listing) found.set(id, listing.problem === "too many" ? { tree: "" } : { removed: true });
    else {
      const paths = listing.entries.map(({ path }) => path.toString("latin1"));
      found.set(id, isNoSkill(store, pin, paths) ? { removed: true } : { tree: listing.tree });
    }
  }
  return found;
}
