import { EdenError, sanitize } from "../errors.js";
import { rootTree } from "../git/local-repository.js";
import { listTree, type RawEntry } from "../git/objects.js";
import type { Git } from "../git/run-git.js";
import type { ManifestSkill, SkillLimits } from "../manifest/manifest.js";
import { checkEntries, type UncheckedEntry } from "../skill/skill-tree.js";
import type { SkillContent } from "../store/materialise.js";
import { formatOf, treeId } from "../store/tree-id.js";
import type { Resolved } from "./resolve-commits.js";

/** A skill whose listing was judged and proved against its tree id. */
export interface ListedSkill extends Resolved {
  content: SkillContent;
}

/**
 * Lists the skills in their commits, one `ls-tree` a commit. A listing is believed only when the tree id computed from it is the one that
 * the commit names, and the one that the lockfile pins.
 */
export async function listSkills(
  git: Git,
  directory: string,
  wanted: readonly Resolved[],
  limits: SkillLimits,
  signal: AbortSignal,
  fail: (one: { skill: ManifestSkill }, error: EdenError) => void,
): Promise<ListedSkill[]> {
  const listed: ListedSkill[] = [];
  for (const commit of new Set(wanted.map(({ ref }) => ref.commit))) {
    const here = wanted.filter(({ ref }) => ref.commit === commit);
    const most = 2 * limits.maxFiles + 1000;
    const subpaths = [...new Set(here.map(({ source }) => source.subpath))];
    const all = await listTree(git, directory, commit, subpaths, most * subpaths.length, signal);
    for (const one of here) {
      try {
        const entries = all ?? (await listTree(git, directory, commit, [one.source.subpath], most, signal));
        if (entries === null)
          throw new EdenError("SKILL_UNSAFE", `more than ${limits.maxFiles} files`, { stage: "materialise" });
        const expected =
          one.source.subpath === "." ? await rootTree(git, directory, commit, signal) : subtreeId(entries, one);
        listed.push({ ...one, content: judge(one, below(entries, one.source.subpath), expected, limits) });
      } catch (error) {
        if (!(error instanceof EdenError) || error.code === "FETCH_CORRUPT") throw error;
        fail(one, error);
      }
    }
  }
  return listed;
}

function judge(
  { skill, source, pin, ref }: Resolved,
  entries: UncheckedEntry[],
  expected: string,
  limits: SkillLimits,
): SkillContent {
  const files = checkEntries(entries, limits);
  if (files.length === 0)
    throw new EdenError("SUBPATH_NOT_FOUND", `${source.subpath} has no files`, { stage: "resolve" });
  const computed = treeId(
    entries.filter(({ mode }) => mode !== "040000").map((entry) => ({ ...entry, path: entry.path.toString("utf8") })),
    formatOf(expected),
  );
  if (computed !== expected)
    throw new EdenError("FETCH_CORRUPT", `the listing of ${sanitize(source.subpath)} does not hash to ${expected}`, {
      stage: "materialise",
    });
  if (pin !== null && pin.tree !== computed) {
    throw new EdenError(
      "INTEGRITY_MISMATCH",
      `the lockfile says tree ${pin.tree.slice(0, 12)}, commit ${ref.commit.slice(0, 12)} has ${computed.slice(0, 12)}`,
      {
        stage: "verify",
        hint: "The lockfile was changed by hand or by an attacker: restore it from version control, or delete the entry to pin anew.",
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

function subtreeId(entries: readonly RawEntry[], { source, ref }: Resolved): string {
  const path = Buffer.from(source.subpath);
  const entry = entries.find((candidate) => candidate.path.equals(path));
  if (entry?.type === "tree") return entry.oid;
  const what = entry === undefined ? "does not exist" : "is no directory";
  throw new EdenError(
    "SUBPATH_NOT_FOUND",
    `${sanitize(source.subpath)} ${what} in ${sanitize(source.repo)} at ${ref.commit.slice(0, 12)}`,
    { stage: "resolve" },
  );
}

function below(entries: readonly RawEntry[], subpath: string): UncheckedEntry[] {
  if (subpath === ".") return [...entries];
  const prefix = Buffer.from(`${subpath}/`);
  return entries
    .filter(({ path }) => path.length > prefix.length && path.subarray(0, prefix.length).equals(prefix))
    .map((entry) => ({ ...entry, path: entry.path.subarray(prefix.length) }));
}
