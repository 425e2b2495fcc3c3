import { EdenError } from "../errors.js";
import type { SoughtCommit } from "../git/find-commits.js";
import type { Manifest, RepositorySource } from "../manifest/document/manifest.js";
import type { ForeignPin } from "../manifest/foreign/foreign-skill.js";
import { isObjectId } from "../manifest/names/object-id.js";
import { deniedSkills } from "../policy/require-allowed.js";
import { asEdenError } from "../reactor/task-failure.js";
import { oneTask } from "../run/one-task.js";
import { attemptOf, placeOf } from "../run/repository-task.js";
import type { RunContext } from "../run/run-context.js";
import { withRepositories } from "../run/with-repositories.js";
import { openStore } from "../store/store.js";

/**
 * The commits of skills that another tool has installed. One that the tool did not keep is searched by
 * the tree of its directory, or by its first digits, in the history of the skill's ref.
 * @param pins by the id of a skill of the manifest.
 * @returns a commit, or why it is unknown, for each skill that comes from a repository.
 */
export async function recoverCommits(
  context: RunContext,
  manifest: Manifest,
  pins: ReadonlyMap<string, ForeignPin>,
): Promise<Map<string, string | EdenError>> {
  const skills = manifest.skills.filter(({ id }) => pins.has(id));
  const commits = new Map<string, string | EdenError>(await deniedSkills(manifest, skills));
  const sought = new Map<string, Sought[]>();
  for (const { id, source } of skills) {
    const pin = pins.get(id);
    if (pin === undefined || source.kind !== "repository" || commits.has(id)) continue;
    const { commit } = pin;
    if (source.ref !== null && isObjectId(source.ref) && commit !== null && source.ref !== commit)
      commits.set(
        id,
        new EdenError(
          "INTEGRITY_MISMATCH",
          `the source names commit ${source.ref.slice(0, 12)}, and ${commit.slice(0, 12)} is installed`,
        ),
      );
    else if (commit !== null && isObjectId(commit)) commits.set(id, commit);
    else {
      const place = JSON.stringify([source.key, source.ref]);
      sought.set(place, [...(sought.get(place) ?? []), { ...pin, id, source, subpath: source.subpath }]);
    }
  }
  const found = await Promise.all([...sought.values()].map(async (some) => await search(context, manifest, some)));
  return new Map([...commits, ...found.flat()]);
}

interface Sought extends SoughtCommit {
  id: string;
  source: RepositorySource;
}

/** @param sought of one ref of one repository. */
async function search(
  context: RunContext,
  { storageRoot }: Manifest,
  sought: readonly Sought[],
): Promise<[string, string | EdenError][]> {
  const source = sought[0]?.source;
  if (source === undefined) return [];
  try {
    const found = await withRepositories(context, openStore(storageRoot), context.signal, async (repositories) => {
      return await oneTask(context, {
        key: source.key,
        ...placeOf(source),
        run: async (signal) =>
          await repositories.open(source, attemptOf(context, source.key, signal), async (repository) => {
            return await repository.find(source.ref, sought);
          }),
      });
    });
    return sought.map((one, index) => [one.id, found[index] ?? notFound(one, context.settings.offline)]);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    return sought.map(({ id }) => [id, asEdenError(error)]);
  }
}

function notFound({ tree, commit, source }: Sought, isOffline: boolean): EdenError {
  const what = tree === null ? `commit ${commit}` : `a commit with tree ${tree.slice(0, 12)}`;
  const where = source.ref ?? "the default branch";
  if (isOffline) return new EdenError("OFFLINE_MISS", `${what} of ${where} is not here, and --offline is given`);
  return new EdenError("REF_NOT_FOUND", `${what} is not among the newest 2,000 commits of ${where}`);
}
