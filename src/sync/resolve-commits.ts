import { EdenError } from "../errors.js";
import type { Contents } from "../git/fetch.js";
import type { ResolvedRef } from "../git/mirror.js";
import type { Question } from "../git/repositories.js";
import type { Repository } from "../git/repository.js";
import type { ManifestSkill, RepositorySource } from "../manifest/document/manifest.js";
import { isObjectId } from "../manifest/names/object-id.js";
import type { SkillVersion } from "../run/events.js";
import type { RefMove } from "./sync-result.js";

/** A skill that one repository is to deliver. */
export interface WantedSkill {
  skill: ManifestSkill;
  source: RepositorySource;
  /** The commit that it must come from. */
  pin: SkillVersion | null;
  /** What the lockfile says while the pin is to be moved: it stays if the ref still names it. */
  held: SkillVersion | null;
}

/** A wanted skill with the commit it is to come from. */
export interface Resolved extends WantedSkill {
  ref: ResolvedRef;
  moved: RefMove | null;
}

/** Records the failure of one skill of the repository. */
export type Fail = (one: { skill: ManifestSkill }, error: EdenError) => void;

/**
 * The commit of each wanted skill: the pinned one, or what its ref points to. A ref that fails is
 * passed to `fail`.
 * @param followsTags whether a pin moves behind a tag that was moved.
 * @throws EdenError when the remote cannot be asked.
 */
export async function resolveCommits(
  repository: Repository,
  wanted: readonly WantedSkill[],
  followsTags: boolean,
  fail: Fail,
): Promise<Resolved[]> {
  const pending = wanted.filter((one) => knownCommit(one) === null);
  const answers = await repository.resolve(refsOf(pending), isWhole(wanted, pending) ? contentsFor(pending) : null);
  const resolved: Resolved[] = [];
  for (const one of wanted) {
    const commit = knownCommit(one);
    const answer = commit === null ? answers.get(one.source.ref) : knownRef(commit, one.pin);
    if (answer === undefined || answer instanceof EdenError) {
      fail(one, answer ?? new EdenError("INTERNAL", "the repository gave no answer"));
      continue;
    }
    const moved = movedTag(one, answer, followsTags);
    const ref = moved?.what === "tag-kept" ? knownRef(moved.from, one.held) : answer;
    resolved.push({ ...one, ref, moved });
  }
  return resolved;
}

function knownRef(commit: string, pin: SkillVersion | null): ResolvedRef {
  return { oid: commit, commit, ...(pin?.archive !== undefined && { archive: pin.archive }) };
}

/** The contents to fetch with commits: of a part of a repository, only those that are missing. */
export function contentsFor(wanted: readonly WantedSkill[]): Contents {
  return wanted.some(({ source }) => source.subpath === ".") ? "whole" : "none";
}

/**
 * The refs of one repository to request in advance. None if nothing else of it is known: then its
 * task requests its default branch, and the limit of the run applies to all that a cold run sends.
 */
export function questionOf(wanted: readonly WantedSkill[]): Question[] {
  const pending = wanted.filter((one) => knownCommit(one) === null);
  const [first] = pending;
  if (first === undefined || isWhole(wanted, pending)) return [];
  return [{ source: first.source, refs: refsOf(pending) }];
}

/** Nothing of the repository is known, and nothing but its default branch is wanted. */
function isWhole(wanted: readonly WantedSkill[], pending: readonly WantedSkill[]): boolean {
  return pending.length === wanted.length && wanted.every(({ held, source }) => held === null && source.ref === null);
}

function refsOf(pending: readonly WantedSkill[]): (string | null)[] {
  return [...new Set(pending.map(({ source }) => source.ref))];
}

/** A tag is expected to stay: one that was moved keeps its pin, unless the user insists. */
function movedTag({ held }: WantedSkill, { tag, commit }: ResolvedRef, follows: boolean): RefMove | null {
  if (held === null || tag !== true || held.commit === commit) return null;
  return { what: follows ? "tag-followed" : "tag-kept", from: held.commit, to: commit };
}

/**
 * The commit of a skill that is known without asking: the lockfile's, the one that a registry
 * names or that a collection was looked up in, or a ref that is one itself.
 */
export function knownCommit({ pin, source }: Pick<WantedSkill, "pin" | "source">): string | null {
  if (pin !== null && pin.commit !== "") return pin.commit;
  const found = source.release?.commit ?? source.commit;
  if (found != null) return found;
  return source.ref !== null && isObjectId(source.ref) ? source.ref : null;
}

/** True for a skill whose manifest names a commit: its content never moves. */
export function isFixed({ source }: ManifestSkill): boolean {
  return source.kind === "repository" && knownCommit({ pin: null, source }) !== null;
}
