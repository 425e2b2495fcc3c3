import type { SkillVersion } from "../run/events.js";
import type { Git } from "../git/git.js";
import { EdenError, sanitize } from "../errors.js";
import { rememberedRef, rememberRefs, type Mirror, type ResolvedRef } from "../git/mirror.js";
import { resolveRefs } from "../git/remote-refs.js";
import type { ManifestSkill, RepositorySource } from "../manifest/document/manifest.js";
import type { RefMove, SyncWorld } from "./sync-world.js";
import { isObjectId } from "../manifest/names/object-id.js";

/** A skill that one repository is to deliver. */
export interface WantedSkill {
  skill: ManifestSkill;
  source: RepositorySource;
  /** The commit that it must come from. */
  pin: SkillVersion | null;
  /** What the lockfile says while the pin is to be moved: good as long as the ref is still there. */
  held: SkillVersion | null;
}

/** A wanted skill with the commit it is to come from. */
export interface Resolved extends WantedSkill {
  ref: ResolvedRef;
  moved: RefMove | null;
}

/** Notes the failure of one skill of the repository. */
export type Fail = (one: { skill: ManifestSkill }, error: EdenError) => void;

/** The commit of each wanted skill (`known`: of the default branch, when that is all that is wanted and it was just fetched): the pinned one, or what its ref is at the remote now; offline, what it was when last asked. A ref that fails is told to `fail`. */
export async function resolveCommits(
  world: SyncWorld,
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  wanted: readonly WantedSkill[],
  options: { signal: AbortSignal; stallMs: number; known: ResolvedRef | null },
  fail: Fail,
): Promise<Resolved[]> {
  const open = wanted.filter((one) => knownCommit(one) === null);
  const refs = [...new Set(open.map((one) => one.source.ref))];
  const answers =
    refs.length === 0
      ? new Map()
      : world.offline
        ? new Map(
            refs.map((ref) => [
              ref,
              rememberedRef(mirror, ref) ?? offlineMiss(ref === null ? "its default branch" : `ref ${ref}`, source),
            ]),
          )
        : options.known !== null
          ? new Map([[null, options.known]])
          : await resolveRefs(git, source, refs, options);
  if (!world.offline)
    rememberRefs(mirror, new Map([...answers].filter(([, answer]) => !(answer instanceof EdenError))));
  const resolved: Resolved[] = [];
  for (const one of wanted) {
    const commit = knownCommit(one);
    const answer: ResolvedRef | EdenError = commit === null ? answers.get(one.source.ref) : { oid: commit, commit };
    if (answer instanceof EdenError) fail(one, answer);
    else {
      const moved = movedTag(one, answer, world.followsTags);
      const ref = moved?.what === "tag-kept" ? { oid: moved.from, commit: moved.from } : answer;
      resolved.push({ ...one, ref, moved });
    }
  }
  return resolved;
}

/** A tag says that it stays: one that was moved keeps its pin, unless the user insists. */
function movedTag({ held }: WantedSkill, { tag, commit }: ResolvedRef, follows: boolean): RefMove | null {
  if (held === null || tag !== true || held.commit === commit) return null;
  return { what: follows ? "tag-followed" : "tag-kept", from: held.commit, to: commit };
}

/** The commit that needs no question: the lockfile's, the one that a registry names, or a ref that is one itself. */
export function knownCommit({ pin, source }: Pick<WantedSkill, "pin" | "source">): string | null {
  if (pin !== null && pin.commit !== "") return pin.commit;
  if (source.release?.commit != null) return source.release.commit;
  return source.ref !== null && isObjectId(source.ref) ? source.ref : null;
}

/** Each commit once. */
export function unique(resolved: readonly Resolved[]): ResolvedRef[] {
  return [...new Map(resolved.map(({ ref }) => [ref.oid, ref])).values()];
}

/** The failure of a skill that lacks something which may not be fetched now. */
export function offlineMiss(what: string, source: RepositorySource): EdenError {
  return new EdenError(
    "OFFLINE_MISS",
    `${what} of ${sanitize(source.repo)} is not here and --offline forbids to fetch it`,
    {
      stage: "fetch",
      hint: "Run once without --offline.",
    },
  );
}
