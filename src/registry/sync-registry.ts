import { EdenError, sanitize } from "../errors.js";
import type { RawEntry } from "../git/list-trees.js";
import type { Repositories } from "../git/repositories.js";
import type { Repository } from "../git/repository.js";
import type { RegistrySettings, RepositorySource } from "../manifest/document/manifest.js";
import { MOST_ENTRY_BYTES, RegistryIndex } from "../manifest/registry/registry-index.js";
import { readStoredIndex, rememberUpdate, writeStoredIndex, type StoredIndex } from "../store/stored-index.js";
import type { Clock } from "../system/clock.js";
import type { Store } from "../store/store.js";

/** Files and directories of a registry's repository. */
const MOST_ENTRIES = 100_000;

/** Maximum bytes of all files of an index. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The location of indexes, and access to their repositories. */
export interface IndexAccess {
  repositories: Repositories;
  store: Store;
  /** The user's home directory, to which paths in an index may refer. */
  home: string;
  clock: Clock;
}

/** `cloned`: there was no index. `skipped`: it is unchanged. */
export type RegistryStatus = "cloned" | "updated" | "skipped";

/**
 * Brings the index of one registry up to date: its default branch, shallow, through the mirror of
 * its repository. The old index stays readable until the new one is complete and was read as an
 * index.
 * @throws EdenError `FETCH_…`, `REGISTRY_INVALID`, `UNSUPPORTED_VERSION`; the signal's reason when
 *   aborted.
 */
export async function syncRegistry(
  { repositories, store, home, clock }: IndexAccess,
  name: string,
  { source }: RegistrySettings,
  signal: AbortSignal,
): Promise<RegistryStatus> {
  const path = store.indexPath(name, source);
  return await repositories.open(source, { signal }, async (repository) => {
    const before = readStoredIndex(path);
    const fetched = await fetchIndex(repository, before?.commit ?? null);
    if (fetched !== null) {
      // A repository that is not a registry must not replace a valid index.
      RegistryIndex.open(name, source, fetched.files, home);
      writeStoredIndex(path, fetched);
    }
    rememberUpdate(path, clock.date());
    return fetched === null ? "skipped" : before === null ? "cloned" : "updated";
  });
}

/** @returns null if the registry is still at the known commit. */
async function fetchIndex(repository: Repository, known: string | null): Promise<StoredIndex | null> {
  const { source } = repository;
  const answer =
    (await repository.resolve([null], known === null ? "whole" : null)).get(null) ??
    new EdenError("INTERNAL", `${sanitize(source.repo)} gave no answer`);
  if (answer instanceof EdenError) throw answer;
  if (answer.commit === known) return null;
  const [failure] = (await repository.fetch([answer], "whole")).values();
  if (failure !== undefined) throw failure;
  const [listing] = await repository.list([{ commit: answer.commit, subpath: "." }], MOST_ENTRIES);
  if (listing === undefined || "problem" in listing) throw tooLarge(source, `more than ${MOST_ENTRIES} files`);
  return { commit: answer.commit, files: await readFiles(repository, listing.entries.flatMap(indexFile)) };
}

interface IndexFile {
  path: string;
  oid: string;
}

async function readFiles(repository: Repository, wanted: readonly IndexFile[]): Promise<Map<string, string | null>> {
  const contents = new Map<string, string>();
  // A content with several paths is stored under each.
  const uses = new Map<string, number>();
  for (const { oid } of wanted) uses.set(oid, (uses.get(oid) ?? 0) + 1);
  let bytes = 0;
  const receiver = {
    accepts: (oid: string, size: number) => {
      if (size > MOST_ENTRY_BYTES) return false;
      bytes += size * (uses.get(oid) ?? 1);
      if (bytes > MOST_BYTES) throw tooLarge(repository.source, `more than ${MOST_BYTES} bytes`);
      return true;
    },
    take: (oid: string, content: Buffer) => void contents.set(oid, content.toString("utf8")),
  };
  await repository.fetchContents(await repository.read([...uses.keys()], receiver), receiver);
  return new Map(wanted.map(({ path, oid }) => [path, contents.get(oid) ?? null]));
}

/** True for a file of the index; other files of a registry's repository are not read. */
function indexFile({ mode, oid, path }: RawEntry): IndexFile[] {
  const text = path.toString("utf8");
  const isOurs = text === "manifest.toml" || /^index\/[^/\p{Cc}]{1,16}\/[^/\p{Cc}]{1,128}\.toml$/u.test(text);
  return isOurs && mode.startsWith("100") ? [{ path: text, oid }] : [];
}

function tooLarge(source: RepositorySource, what: string): EdenError {
  return new EdenError("REGISTRY_INVALID", `${sanitize(source.repo)} has ${what}: no index is that large`, {
    stage: "fetch",
  });
}
