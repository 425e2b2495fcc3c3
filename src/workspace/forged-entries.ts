import { EdenError, sanitize } from "../errors.js";
import type { Manifest, RepositorySource } from "../manifest/document/manifest.js";
import type { LockedSkill, Lockfile } from "../manifest/lockfile/lockfile.js";
import { isObjectId } from "../manifest/names/object-id.js";

/**
 * Refuses entries that no run of ours can have written for this manifest: a member of a collection
 * with another repository or ref than the collection's, and another commit than the one that the
 * manifest names.
 * @param manifest with the members of its collections.
 * @throws EdenError `LOCK_OUT_OF_DATE` that names each entry and both addresses.
 */
export function requireOwnSources({ skills, collections }: Manifest, lockfile: Lockfile): void {
  const written = new Map(skills.map(({ id, source }) => [id, source]));
  const sources = new Map(collections.map(({ key, source }) => [key, source]));
  const reasons: string[] = [];
  const ids: string[] = [];
  for (const entry of lockfile.skills) {
    const { id, sourceRepo, sourceRef, sourceSubpath, resolvedCommit, collection = "" } = entry;
    const source = written.get(id);
    const whole = sources.get(collection);
    const isElsewhere = whole !== undefined && (whole.repo !== sourceRepo || (whole.ref ?? "") !== sourceRef);
    const isSame =
      source?.kind === "repository" &&
      [source.repo, source.ref, source.subpath].join(" ") === [sourceRepo, sourceRef, sourceSubpath].join(" ");
    const isMoved = isSame && isObjectId(sourceRef) && resolvedCommit !== "" && resolvedCommit !== sourceRef;
    if (!isElsewhere && !isMoved) continue;
    const gives = isElsewhere
      ? `collection ${collection} is of ${addressOf(whole, null)}`
      : `the manifest names commit ${sourceRef}`;
    reasons.push(`${id}: it has ${lockedAddress(entry)}, ${gives}`);
    ids.push(id);
  }
  if (reasons.length > 0) throw forgedLockfile(reasons, ids);
}

/**
 * The error for a lockfile that sends skills to other sources than the manifest or its registries.
 * @param more a sentence for the hint.
 */
export function forgedLockfile(reasons: readonly string[], ids: readonly string[], more = ""): EdenError {
  const message = `the lockfile has sources that the manifest does not lead to: ${reasons.join("; ")}`;
  const update = `\`eden-skills update ${ids.join(" ")}\` replaces what it has`;
  return new EdenError("LOCK_OUT_OF_DATE", sanitize(message), {
    stage: "resolve",
    hint: `Restore the lockfile from version control, and find out who changed it; ${update}.${more}`,
  });
}

/** The source of an entry. */
export function lockedAddress({ sourceRepo, sourceRef, sourceSubpath, resolvedCommit }: LockedSkill): string {
  return addressOf({ repo: sourceRepo, ref: sourceRef, subpath: sourceSubpath }, resolvedCommit);
}

/** A source with its commit, in one word. */
export function addressOf(
  { repo, ref, subpath }: Pick<RepositorySource, "repo" | "ref" | "subpath">,
  commit: string | null,
): string {
  const at = commit === null || commit === "" ? "" : ` at ${commit.slice(0, 12)}`;
  return `${repo}${ref === null || ref === "" ? "" : `#${ref}`}${subpath === "." ? "" : `//${subpath}`}${at}`;
}
