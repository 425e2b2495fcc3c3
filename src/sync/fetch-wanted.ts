import type { Git } from "../git/git.js";
import type { EdenError } from "../errors.js";
import { fetchCommits, fetchDefaultBranch } from "../git/fetch.js";
import type { FetchOptions } from "../git/fetch-part.js";
import { isEmpty, mirrorHas, openMirror, type Mirror } from "../git/mirror.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { formatOf } from "../manifest/names/object-id.js";
import {
  knownCommit,
  offlineMiss,
  resolveCommits,
  unique,
  type Fail,
  type Resolved,
  type WantedSkill,
} from "./resolve-commits.js";
import type { SyncWorld } from "./sync-world.js";

/** The commits of one repository, in its mirror. */
interface FetchedCommits {
  /** Skills whose commit is there. */
  present: Resolved[];
  /** True when the mirror was empty when this run came to it. */
  isFresh: boolean;
  /** Ids that were not there before. */
  fetched: ReadonlySet<string>;
  /** False when the mirror surely holds no file contents. */
  hasContents: boolean;
}

/**
 * Resolves the wanted skills and fetches their commits, asking for nothing that the mirror has. A ref or commit that cannot be had is told
 * to `fail`.
 * @param isDone tells, once its commit is known, that nothing more is wanted of a skill.
 * @throws EdenError when the remote cannot be reached.
 */
export async function fetchWanted(
  world: SyncWorld,
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  wanted: readonly WantedSkill[],
  options: FetchOptions,
  fail: Fail,
  isDone: (one: Resolved) => boolean,
): Promise<FetchedCommits> {
  const wasEmpty = isEmpty(mirror);
  // Nothing is known of the remote, and only its default branch is wanted: it need not be asked what that is before it is fetched.
  const isFirstLook =
    !world.offline &&
    wasEmpty &&
    wanted.every((one) => knownCommit(one) === null && one.held === null && one.source.ref === null);
  const head = isFirstLook ? await fetchDefaultBranch(git, mirror, source, options) : null;
  const known = head?.ref ?? null;
  const answers = await resolveCommits(world, git, mirror, source, wanted, { ...options, known }, fail);
  const resolved = answers.filter((one) => !isDone(one));
  const first = resolved[0];
  const isHere = ({ ref }: Resolved) => ref.oid !== head?.ref.oid && mirrorHas(mirror, ref.oid);
  const fetched = new Set(resolved.filter((one) => !isHere(one)).map(({ ref }) => ref.oid));
  const present: Resolved[] = [];
  let failures: ReadonlyMap<string, EdenError> = new Map();
  let isLazy = head?.withoutContents ?? false;
  if (!world.offline && first !== undefined) {
    if (openMirror(mirror, formatOf(first.ref.oid)) || head !== null) world.cloned.add(mirror.directory);
    const answer = await fetchCommits(git, mirror, source, unique(resolved), options);
    failures = answer.failures;
    if (head === null) isLazy = wasEmpty && answer.withoutContents;
  }
  for (const one of resolved) {
    const missing = `commit ${one.ref.commit.slice(0, 12)}`;
    const failure =
      failures.get(one.ref.oid) ??
      (world.offline && fetched.has(one.ref.oid) ? offlineMiss(missing, source) : undefined);
    if (failure === undefined) present.push(one);
    else fail(one, failure);
  }
  return { present, isFresh: world.cloned.has(mirror.directory), fetched, hasContents: !isLazy };
}
