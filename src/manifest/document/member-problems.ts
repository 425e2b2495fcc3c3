import type { FieldPath, Findings } from "../format/findings.js";
import type { NamedSkill } from "../names/glob.js";
import type { KnownMember, Manifest, ManifestCollection } from "./manifest.js";

/** A member by the name that it has in its source, as globs match it. */
export function nameInSource({ prefix }: ManifestCollection, { id, subpath }: Pick<KnownMember, "id" | "subpath">) {
  return { name: id.slice(prefix.length), path: subpath } satisfies NamedSkill;
}

/**
 * Reports `DUPLICATE_SKILL_ID` for a member of two collections, and `EMPTY_COLLECTION` (an error if
 * `strict`) for globs that select no member, where all members are known.
 */
export function reportMembers(
  manifest: Manifest,
  members: readonly KnownMember[],
  { findings, strict }: { findings: Findings; strict: boolean },
): void {
  reportTwins(manifest, members, findings);
  const report = strict ? findings.error : findings.warning;
  for (const collection of manifest.collections) {
    if (!collection.enabled || !collection.isComplete) continue;
    const { key, index, include } = collection;
    const own = members.filter((member) => member.collection.index === index);
    const globs = collection.unmatched(own.map((member) => nameInSource(collection, member)));
    const at: FieldPath = ["collections", index];
    for (const glob of globs)
      report(
        "EMPTY_COLLECTION",
        [...at, "include", include.indexOf(glob)],
        `${JSON.stringify(glob)} selects no skill of ${key}`,
      );
    if (own.length + globs.length === 0) report("EMPTY_COLLECTION", at, `no skill of ${key} is selected`);
  }
}

function reportTwins({ skills }: Manifest, members: readonly KnownMember[], findings: Findings): void {
  const own = new Set(skills.filter(({ collection }) => collection === undefined).map(({ id }) => id));
  const first = new Map<string, KnownMember>();
  for (const member of members) {
    const other = own.has(member.id) ? undefined : first.get(member.id);
    if (other === undefined) {
      first.set(member.id, member);
      continue;
    }
    findings.error("DUPLICATE_SKILL_ID", placeOf(member), (lineOf) => {
      const [one, two] = [other, member].map((twin) => {
        const line = lineOf(placeOf(twin));
        return `collections[${twin.collection.index}] (${twin.collection.key}${line === null ? "" : `, line ${line}`})`;
      });
      return `"${member.id}" is in ${one} and in ${two}: \`exclude\` it in one of them, or give one a \`prefix\``;
    });
  }
}

function placeOf({ collection }: KnownMember): FieldPath {
  return ["collections", collection.index];
}
