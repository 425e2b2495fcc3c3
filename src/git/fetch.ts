import { EdenError } from "../errors.js";
import { AnnouncedSize } from "./announced-size.js";
import { fetchBlobsDirectly, fetchCommitsDirectly } from "./fetch-directly.js";
import { FETCH, fetchPart, NO_CONTENTS, NO_FILTER, PROMISES } from "./fetch-part.js";
import { hasObject, setRef } from "./mirror-objects.js";
import {
  adoptIncoming,
  discardMirror,
  isEmpty,
  isLarge,
  isPartial,
  keepingRef,
  mirrorHas,
  openMirror,
  rememberLarge,
  type Mirror,
  type ResolvedRef,
} from "./mirror.js";
import { askRemote, type Remote } from "./remote.js";
import { REMOTE } from "./run-git.js";
import { sweepRepository } from "./sweep-repository.js";

/**
 * The file contents that are fetched with commits: none; those of all files, unless the repository
 * is large; or of all in any case.
 */
export type Contents = "none" | "whole" | "all";

interface Fetched {
  /** By object id; empty if all are present. */
  failures: Map<string, EdenError>;
  /** True if it is certain that no file contents were fetched. */
  withoutContents: boolean;
}

/**
 * Fetches commits into the mirror, each at depth 1, in one process. A server without support for
 * filters sends all contents; nothing else changes. If the server refuses one of the objects, each
 * is requested separately, so that a missing commit fails only the skills that want it.
 * @throws EdenError when the remote cannot be reached.
 */
export async function fetchCommits(
  remote: Remote,
  mirror: Mirror,
  wanted: readonly ResolvedRef[],
  contents: Contents,
): Promise<Fetched> {
  const failures = new Map<string, EdenError>();
  const missing = wanted.filter(({ oid }) => !mirrorHas(mirror, oid));
  if (missing.length === 0) return { failures, withoutContents: false };
  try {
    const oids = missing.map(({ oid }) => oid);
    return { failures, withoutContents: await fetchAtDepthOne(remote, mirror, { oids }, contents) };
  } catch (error) {
    if (!(error instanceof EdenError) || error.code !== "REF_NOT_FOUND") throw error;
    const [only] = missing;
    if (missing.length === 1 && only !== undefined) {
      if (!(await fetchWithHistory(remote, mirror, only, contents))) failures.set(only.oid, error);
      return { failures, withoutContents: false };
    }
  }
  for (const one of missing) {
    const alone = await fetchCommits(remote, mirror, [one], contents);
    for (const [oid, failure] of alone.failures) failures.set(oid, failure);
  }
  return { failures, withoutContents: false };
}

/**
 * Asks an empty mirror's remote for its default branch and fetches it in the same process: two
 * round trips less than resolving first.
 * @returns null if that does not work for this repository (it is empty, has no default branch, or
 *   another object format): resolve first.
 * @throws EdenError when the remote cannot be reached.
 */
export async function fetchDefaultBranch(
  remote: Remote,
  mirror: Mirror,
  contents: Contents,
): Promise<{ ref: ResolvedRef; withoutContents: boolean } | null> {
  openMirror(mirror, "sha1");
  try {
    const withoutContents = await fetchAtDepthOne(remote, mirror, { refspec: `+HEAD:${INCOMING}` }, contents);
    const oid = adoptIncoming(mirror, INCOMING);
    if (oid !== null) return { ref: { oid, commit: oid }, withoutContents };
  } catch (error) {
    if (!(error instanceof EdenError) || !["REF_NOT_FOUND", "FETCH_CORRUPT"].includes(error.code)) throw error;
  }
  discardMirror(mirror);
  return null;
}

const INCOMING = "refs/incoming/HEAD";

/**
 * Fetches commits, with their files as decision 0051 says. A repository that turns out to be large
 * is fetched without any file from then on.
 * @param wanted the ids of commits, or the one that a name of the remote stands for.
 * @returns true if the server omitted the contents of all files.
 */
async function fetchAtDepthOne(
  remote: Remote,
  mirror: Mirror,
  wanted: { oids: readonly string[] } | { refspec: string },
  contents: Contents,
): Promise<boolean> {
  const fetchAll = async (size?: AnnouncedSize) => {
    await fetchWanted(remote, mirror, wanted, { withoutContents: false, ...(size !== undefined && { size }) });
    return false;
  };
  if (contents === "all") return await fetchAll();
  if (contents === "whole" && !isLarge(mirror) && !isPartial(mirror)) {
    const size = new AnnouncedSize();
    try {
      return await fetchAll(size);
    } catch (error) {
      if (error !== size.tooLarge) throw error;
      sweepRepository(mirror.directory);
      rememberLarge(mirror);
    }
  }
  return await fetchWanted(remote, mirror, wanted, { withoutContents: true });
}

/**
 * Without git if possible.
 * @returns true if the server omitted the contents of files.
 */
async function fetchWanted(
  remote: Remote,
  mirror: Mirror,
  wanted: { oids: readonly string[] } | { refspec: string },
  { withoutContents, size }: { withoutContents: boolean; size?: AnnouncedSize },
): Promise<boolean> {
  // Only git reports to a server what the mirror has.
  if ("oids" in wanted && isEmpty(mirror)) {
    const { oids } = wanted;
    const direct = { oids, withoutContents, ...(size !== undefined && { size }) };
    if (await fetchCommitsDirectly(remote, mirror, direct)) return withoutContents;
  }
  const { stderr } = await fetchPart(remote, mirror, {
    depth: "--depth=1",
    filter: withoutContents ? NO_CONTENTS : NO_FILTER,
    refspecs: "oids" in wanted ? wanted.oids.map((oid) => `+${oid}:${keepingRef(oid)}`) : [wanted.refspec],
    ...(size !== undefined && { onStderr: (text: string) => size.read(text) }),
  });
  return withoutContents && !/filtering not recognized/u.test(stderr);
}

/**
 * A server of the old protocol sends only the tips of refs: fetches the history of all of them and
 * searches for the commit there.
 * @returns false if it is not in that history.
 */
async function fetchWithHistory(
  remote: Remote,
  mirror: Mirror,
  { oid }: ResolvedRef,
  contents: Contents,
): Promise<boolean> {
  const { git, signal } = remote;
  const refspecs = ["+refs/heads/*:refs/history/heads/*", "+refs/tags/*:refs/history/tags/*"];
  const filter = contents === "all" ? NO_FILTER : NO_CONTENTS;
  await fetchPart(remote, mirror, { depth: "--depth=2147483647", filter, refspecs });
  if (!(await hasObject(git, mirror.directory, oid, signal))) return false;
  await setRef(git, mirror.directory, { ref: keepingRef(oid), oid }, signal);
  return true;
}

/**
 * Fetches file contents by object id, all in one process.
 * @returns false if the server sends only whole commits.
 * @throws EdenError when the remote cannot be reached.
 */
export async function fetchBlobs(
  remote: Remote,
  { directory }: Pick<Mirror, "directory">,
  blobs: readonly string[],
): Promise<boolean> {
  if (blobs.length === 0 || (await fetchBlobsDirectly(remote, { directory }, blobs))) return true;
  try {
    await askRemote(remote, {
      directory,
      args: [...FETCH, NO_CONTENTS, "--stdin", "--end-of-options", REMOTE],
      settings: [...PROMISES, ["fetch.negotiationAlgorithm", "noop"]],
      input: `${blobs.join("\n")}\n`,
    });
    return true;
  } catch (error) {
    if (error instanceof EdenError && error.code === "REF_NOT_FOUND") return false;
    throw error;
  }
}
