import { EdenError, sanitize } from "../errors.js";
import type { Listing } from "../git/list-trees.js";
import type { Repository } from "../git/repository.js";
import type { SkillLimits } from "../manifest/document/manifest.js";
import { checkEntries, tooLarge } from "../skill/skill-tree.js";
import type { SkillContent } from "../store/materialise.js";
import { formatOf } from "../manifest/names/object-id.js";
import { treeId } from "../store/tree-id.js";
import type { Fail, Resolved } from "./resolve-commits.js";

/** A skill whose listing was checked, also against its tree id. */
export interface ListedSkill extends Resolved {
  content: SkillContent;
}

/**
 * Lists the skills in their commits. A listing is accepted only when the tree id computed from it
 * is the one that the commit names, and the one that the lockfile pins.
 * @throws EdenError `FETCH_CORRUPT` when the mirror is damaged.
 */
export async function listSkills(
  repository: Repository,
  wanted: readonly Resolved[],
  limits: SkillLimits,
  fail: Fail,
): Promise<ListedSkill[]> {
  const places = wanted.map(({ ref, source }) => ({ commit: ref.commit, subpath: source.subpath }));
  const listings = await repository.list(places, 2 * limits.maxFiles + 1000);
  const listed: ListedSkill[] = [];
  for (const [index, one] of wanted.entries()) {
    try {
      const listing = listings[index] ?? { problem: "absent" };
      if ("problem" in listing) throw problemOf(one, listing.problem, limits);
      listed.push({ ...one, content: judge(one, listing, limits) });
    } catch (error) {
      if (!(error instanceof EdenError) || error.code === "FETCH_CORRUPT") throw error;
      fail(one, error);
    }
  }
  return listed;
}

function judge(
  { skill, source, pin, ref }: Resolved,
  { tree, entries }: Exclude<Listing, { problem: unknown }>,
  limits: SkillLimits,
): SkillContent {
  const files = checkEntries(entries, limits);
  if (files.length === 0)
    throw new EdenError("SUBPATH_NOT_FOUND", `${source.subpath} has no files`, { stage: "resolve" });
  const computed = treeId(
    entries.filter(({ mode }) => mode !== "040000").map((entry) => ({ ...entry, path: entry.path.toString("utf8") })),
    formatOf(tree),
  );
  if (computed !== tree)
    throw new EdenError("FETCH_CORRUPT", `the listing of ${sanitize(source.subpath)} does not hash to ${tree}`, {
      stage: "materialise",
    });
  if (pin !== null && pin.tree !== computed) {
    throw new EdenError(
      "INTEGRITY_MISMATCH",
      `the lockfile says tree ${pin.tree.slice(0, 12)}, commit ${ref.commit.slice(0, 12)} has ${computed.slice(0, 12)}`,
      {
        stage: "verify",
        hint: "The lockfile was changed by hand or by an attacker: restore it from version control, or delete the entry to pin it again.",
      },
    );
  }
  return {
    id: skill.id,
    tree: computed,
    files,
    origin: { repository: source.key, commit: ref.commit, subpath: source.subpath },
  };
}

function problemOf(
  { source, ref }: Resolved,
  problem: Extract<Listing, { problem: unknown }>["problem"],
  { maxFiles }: SkillLimits,
): EdenError {
  if (problem === "too many") return tooLarge(`more than ${maxFiles} files`, "max_files");
  // A file whose content was not fetched looks the same as a missing one.
  const what = problem === "absent" ? "is not a directory, or does not exist," : "is not a directory";
  return new EdenError(
    "SUBPATH_NOT_FOUND",
    `${sanitize(source.subpath)} ${what} in ${sanitize(source.repo)} at ${ref.commit.slice(0, 12)}`,
    { stage: "resolve" },
  );
}
