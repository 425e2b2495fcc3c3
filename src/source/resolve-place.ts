import { EdenError } from "../errors.js";
import type { Contents } from "../git/fetch.js";
import type { ResolvedRef } from "../git/mirror.js";
import type { Repository } from "../git/repository.js";
import { isObjectId } from "../manifest/names/object-id.js";

/**
 * A location in a repository. `refAndPath` is a ref and a directory in one string, as in the
 * address of a web page.
 */
export interface Place {
  ref: string | null;
  start: string;
  refAndPath: string | null;
}

/** The resolved ref, directory and commit of a location. */
export interface FoundPlace {
  ref: string | null;
  start: string;
  at: ResolvedRef;
}

/**
 * Resolves a location. `contents` are wanted of its commit. In a combined ref and path, the ref is the longest prefix that the
 * repository has.
 * @throws EdenError `REF_NOT_FOUND`, `OFFLINE_MISS`; if the remote cannot be reached.
 */
export async function resolvePlace(
  repository: Repository,
  { ref, start, refAndPath }: Place,
  contents: Contents,
): Promise<FoundPlace> {
  const candidates = refAndPath === null ? [{ ref, start }] : splits(refAndPath);
  const unknown = candidates.map((candidate) => candidate.ref).filter((name) => commitOf(name) === null);
  const answers = await repository.resolve(unknown, contents);
  for (const candidate of candidates) {
    const at = commitOf(candidate.ref) ?? answers.get(candidate.ref);
    if (at !== undefined && !(at instanceof EdenError)) return { ...candidate, at };
  }
  const failure = answers.get(candidates.at(-1)?.ref ?? null);
  throw failure instanceof EdenError ? failure : new EdenError("REF_NOT_FOUND", "no such ref", { stage: "resolve" });
}

/** All ways to split a ref from a path, the longest ref first. */
function splits(refAndPath: string): { ref: string; start: string }[] {
  const parts = refAndPath.split("/");
  return parts
    .map((_, index) => ({
      ref: parts.slice(0, index + 1).join("/"),
      start: parts.slice(index + 1).join("/") || ".",
    }))
    .toReversed();
}

/** A ref that is itself a commit. */
function commitOf(ref: string | null): ResolvedRef | null {
  return ref !== null && isObjectId(ref) ? { oid: ref, commit: ref } : null;
}
