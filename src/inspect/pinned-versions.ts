import { EdenError, sanitize } from "../errors.js";
import type { Manifest, ManifestSkill, RepositorySource } from "../manifest/document/manifest.js";
import type { SkillVersion } from "../run/events.js";
import type { RunContext } from "../run/run-context.js";
import { withRepositories } from "../run/with-repositories.js";
import { checkEntries } from "../skill/skill-tree.js";
import { openStore } from "../store/store.js";
import { oneTask } from "../run/one-task.js";
import { storedVersions } from "./skill-versions.js";
import type { Versions } from "./text-change.js";

/** The pinned content of a skill. */
export interface Pinned {
  skill: ManifestSkill;
  version: SkillVersion;
  /** The store's entry: the pinned tree, or that of its renamed copy. */
  tree: string;
}

/**
 * The files of the pinned content: from the store, or from the repository if the entry was changed
 * through a link.
 * @throws EdenError `INTEGRITY_MISMATCH` if that entry is the only source; as a sync.
 */
export async function pinnedVersions(
  context: RunContext,
  manifest: Manifest,
  { skill, version, tree }: Pinned,
): Promise<Versions> {
  const { source } = skill;
  try {
    return storedVersions(manifest, tree, skill.id);
  } catch (error) {
    const isOnlyCopy = source.kind !== "repository" || tree !== version.tree;
    if (!(error instanceof EdenError) || isOnlyCopy) throw error;
    return await fetchedVersions(context, manifest, source, version.commit);
  }
}

async function fetchedVersions(
  context: RunContext,
  { storageRoot, limits }: Manifest,
  source: RepositorySource,
  commit: string,
): Promise<Versions> {
  return await withRepositories(context, openStore(storageRoot), context.signal, async (repositories) => {
    const run = async (signal: AbortSignal) =>
      await repositories.open(source, { signal }, async (repository) => {
        const [failure] = (await repository.fetch([{ oid: commit, commit }], "none")).values();
        if (failure !== undefined) throw failure;
        const [listing] = await repository.list([{ commit, subpath: source.subpath }], 2 * limits.maxFiles + 1000);
        if (listing === undefined || "problem" in listing)
          throw new EdenError("SUBPATH_NOT_FOUND", `${source.subpath} is not a directory in ${commit.slice(0, 12)}`);
        const files = checkEntries(listing.entries, limits);
        const contents = new Map<string, Buffer>();
        const receiver = {
          accepts: (_oid: string, size: number) => size <= limits.maxFileBytes,
          take: (oid: string, content: Buffer) => void contents.set(oid, Buffer.from(content)),
        };
        await repository.fetchContents(
          await repository.read([...new Set(files.map(({ oid }) => oid))], receiver),
          receiver,
        );
        return new Map(
          files.map(({ path, mode, oid }) => [path, { mode, content: contents.get(oid) ?? Buffer.alloc(0) }]),
        );
      });
    return await oneTask(context, { key: source.key, host: source.host, name: sanitize(source.repo), run });
  });
}
