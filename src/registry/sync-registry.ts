import type { Git } from "../git/git.js";
import { EdenError, sanitize } from "../errors.js";
import { fetchBlobs, fetchCommits, fetchDefaultBranch } from "../git/fetch.js";
import type { FetchOptions } from "../git/fetch-part.js";
import { listTrees, type RawEntry } from "../git/list-trees.js";
import {
  discardMirror,
  forgetPromises,
  isEmpty,
  mirrorExists,
  mirrorOf,
  openMirror,
  type Mirror,
  type ResolvedRef,
} from "../git/mirror.js";
import { ObjectReader } from "../git/object-reader.js";
import { readBlobs } from "../git/read-blobs.js";
import { resolveRefs } from "../git/remote-refs.js";
import type { RegistrySettings, RepositorySource } from "../manifest/document/manifest.js";
import { MOST_ENTRY_BYTES, RegistryIndex } from "../manifest/registry/registry-index.js";
import { readStoredIndex, rememberUpdate, storedIndexPath, writeStoredIndex } from "../store/stored-index.js";
import { formatOf } from "../manifest/names/object-id.js";
import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import { acquireLock } from "../system/lock.js";

/** Files and directories of a registry's repository. */
const MOST_ENTRIES = 100_000;

/** Bytes of all files of an index. */
const MOST_BYTES = 32 * 1024 * 1024;

/** What the sync of a registry needs. */
export interface RegistryWorld {
  host: Host;
  clock: Clock;
  storageRoot: string;
  /** Milliseconds. */
  stallMs: number;
  git(signal: AbortSignal): Promise<Git>;
}

/** `cloned`: there was no index. `skipped`: it is as it was. */
export type RegistryStatus = "cloned" | "updated" | "skipped";

/**
 * Brings the index of one registry up to date: its default branch, shallow, through the mirror of its repository. The old index stays readable
 * until the new one is there as a whole and was seen to be one.
 * @throws EdenError `FETCH_…`, `REGISTRY_INVALID`, `UNSUPPORTED_VERSION`; the signal's reason when aborted.
 */
export async function syncRegistry(
  world: RegistryWorld,
  name: string,
  { source }: RegistrySettings,
  signal: AbortSignal,
): Promise<RegistryStatus> {
  const git = await world.git(signal);
  const mirror = mirrorOf(world.storageRoot, source);
  const path = storedIndexPath(world.storageRoot, name, source);
  const release = await acquireLock(mirror.lockPath, { clock: world.clock, signal });
  try {
    const before = readStoredIndex(path);
    const known = before?.commit ?? null;
    const fetched = await fetchOrRebuild(world, git, mirror, source, known, signal);
    if (fetched !== null) {
      // What is no registry must not take the place of what is one.
      RegistryIndex.open(name, source, fetched.files, world.host.home);
      writeStoredIndex(path, fetched);
    }
    rememberUpdate(path, world.clock.date());
    return fetched === null ? "skipped" : before === null ? "cloned" : "updated";
  } finally {
    release();
  }
}

interface FetchedIndex {
  commit: string;
  files: Map<string, string | null>;
}

/** A mirror that turns out to be damaged, or that the server cannot fill in parts, is made anew, once. */
async function fetchOrRebuild(
  world: RegistryWorld,
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  known: string | null,
  signal: AbortSignal,
): Promise<FetchedIndex | null> {
  const existed = mirrorExists(mirror);
  const options = { signal, stallMs: world.stallMs };
  try {
    return await fetchIndex(git, mirror, source, known, options);
  } catch (error) {
    if (!(error instanceof EdenError) || signal.aborted) throw error;
    const isDamaged = existed && ["FETCH_CORRUPT", "FILE_FAILED", "INTERNAL"].includes(error.code);
    if (!isDamaged && error.code !== ONLY_WHOLE) throw error;
    discardMirror(mirror);
    return await fetchIndex(git, mirror, source, known, { ...options, whole: error.code === ONLY_WHOLE });
  }
}

/** Never leaves this file: the mirror is made anew, with the contents of all files. */
const ONLY_WHOLE = "ONLY_WHOLE";

/** @returns null when the registry is still at the known commit. */
async function fetchIndex(
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  known: string | null,
  options: FetchOptions,
): Promise<FetchedIndex | null> {
  const isFirst = known === null && isEmpty(mirror) && options.whole !== true;
  const head = isFirst ? await fetchDefaultBranch(git, mirror, source, options) : null;
  const ref = head?.ref ?? (await defaultBranch(git, source, options));
  if (ref.commit === known) return null;
  openMirror(mirror, formatOf(ref.oid));
  const { failures } = await fetchCommits(git, mirror, source, [ref], options);
  for (const failure of failures.values()) throw failure;
  forgetPromises(mirror);
  const reader = new ObjectReader(git, mirror.directory, options.signal);
  try {
    return { commit: ref.commit, files: await readFiles(git, mirror, source, reader, ref.commit, options) };
  } finally {
    await reader.close();
  }
}

async function defaultBranch(git: Git, source: RepositorySource, options: FetchOptions): Promise<ResolvedRef> {
  const answers = await resolveRefs(git, source, [null], options);
  const answer = answers.get(null) ?? new EdenError("INTERNAL", `${sanitize(source.repo)} gave no answer`);
  if (answer instanceof EdenError) throw answer;
  return answer;
}

async function readFiles(
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  reader: ObjectReader,
  commit: string,
  options: FetchOptions,
): Promise<Map<string, string | null>> {
  const [listing = { problem: "absent" as const }] = await listTrees(reader, [{ commit, subpath: "." }], MOST_ENTRIES);
  if ("problem" in listing) throw tooLarge(source, `more than ${MOST_ENTRIES} files`);
  const wanted = listing.entries.flatMap(indexFile);
  const contents = new Map<string, string>();
  // One content under many paths is stored under each.
  const uses = new Map<string, number>();
  for (const { oid } of wanted) uses.set(oid, (uses.get(oid) ?? 0) + 1);
  let bytes = 0;
  const receiver = {
    accepts: (oid: string, size: number) => {
      if (size > MOST_ENTRY_BYTES) return false;
      bytes += size * (uses.get(oid) ?? 1);
      if (bytes > MOST_BYTES) throw tooLarge(source, `more than ${MOST_BYTES} bytes`);
      return true;
    },
    take: (oid: string, content: Buffer) => void contents.set(oid, content.toString("utf8")),
  };
  const oids = [...new Set(wanted.map(({ oid }) => oid))];
  const missing = await readBlobs(reader, oids, receiver);
  if (missing.length > 0) {
    if (!(await fetchBlobs(git, mirror, source, missing, options)))
      throw new EdenError(ONLY_WHOLE, `${sanitize(source.repo)} gives out only whole commits`, { stage: "fetch" });
    const [lost] = await readBlobs(reader, missing, receiver);
    if (lost !== undefined)
      throw new EdenError("FETCH_CORRUPT", `object ${lost} of ${sanitize(source.repo)} did not arrive`, {
        stage: "fetch",
      });
  }
  return new Map(wanted.map(({ path, oid }) => [path, contents.get(oid) ?? null]));
}

/** What belongs to the index; everything else in a registry's repository is its own affair. */
function indexFile({ mode, oid, path }: RawEntry): { path: string; oid: string }[] {
  const text = path.toString("utf8");
  const isOurs = text === "manifest.toml" || /^index\/[^/\p{Cc}]{1,16}\/[^/\p{Cc}]{1,128}\.toml$/u.test(text);
  return isOurs && mode.startsWith("100") ? [{ path: text, oid }] : [];
}

function tooLarge(source: RepositorySource, what: string): EdenError {
  return new EdenError("REGISTRY_INVALID", `${sanitize(source.repo)} has ${what}: no index is that large`, {
    stage: "fetch",
  });
}
