import { EdenError, sanitize } from "../errors.js";
import type { ArchivePin } from "../manifest/lockfile/lockfile.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { formatOf } from "../manifest/names/object-id.js";
import { findCommits, type SoughtCommit } from "./find-commits.js";
import type { ArchiveRemote } from "./archive-remote.js";
import { ancestryOf, readCommits, type Ancestry, type CommitPair } from "./ancestry.js";
import { fetchBlobs, fetchCommits, fetchDefaultBranch, type Contents } from "./fetch.js";
import { listDirectory, listTrees, type Listing, type RawEntry, type WantedTree } from "./list-trees.js";
import { discardMirror, isEmpty, mirrorHas, openMirror, type Mirror, type ResolvedRef } from "./mirror.js";
import type { ObjectSource } from "./object-reader.js";
import { offlineMiss } from "./offline-miss.js";
import type { OpenedMirror } from "./opened-mirror.js";
import { readBlobs, type BlobReceiver } from "./read-blobs.js";
import { readProof } from "./read-proof.js";
import type { Remote } from "./remote.js";
import { rememberedRef, rememberRefs } from "./remembered-refs.js";
import { resolveRefs, type RefAnswer } from "./remote-refs.js";
import { signatureProblem, type SigningKeys } from "./verify-signature.js";

/** Of the listing of one directory. */
const MOST_DIRECTORY_BYTES = 1024 * 1024;

/**
 * One repository while its mirror is locked: its refs, commits, directories and contents. Objects
 * in the mirror are not requested again; offline, nothing is requested from the remote.
 * `Repositories.open` opens and closes it.
 */
export class Repository {
  readonly #remote: Remote;
  readonly #mirror: Mirror;
  readonly #objects: ObjectSource;
  readonly #archives: ArchiveRemote | null;
  readonly #fetched = new Set<string>();
  readonly #wanted = new Map<string, ResolvedRef>();
  /** False as long as the mirror certainly has no file contents. */
  #hasContents: boolean;
  #sendsOnlyWhole = false;

  /** @param onCreated called if the mirror was empty. */
  constructor(
    { remote, mirror, objects, archives }: OpenedMirror,
    readonly isOffline: boolean,
    private readonly onCreated: () => void,
  ) {
    this.#remote = remote;
    this.#mirror = mirror;
    this.#objects = objects;
    this.#archives = archives;
    this.#hasContents = !isEmpty(mirror);
  }

  get source(): RepositorySource {
    return this.#remote.source;
  }

  /**
   * Resolves refs (null: the default branch); offline, returns the last resolution. A missing ref
   * is a result, not an exception.
   * @param ahead set if nothing else of this repository is wanted: then an empty mirror fetches its
   *   default branch with the same request, with these contents.
   * @throws EdenError if the remote cannot be reached.
   */
  async resolve(
    refs: readonly (string | null)[],
    ahead: Contents | null = null,
  ): Promise<Map<string | null, RefAnswer>> {
    if (refs.length === 0) return new Map();
    if (this.isOffline) return new Map(refs.map((ref) => [ref, this.#remembered(ref)]));
    if (this.#archives !== null) return await this.#resolveArchives(this.#archives, refs);
    const isFetched = ahead !== null && refs.every((ref) => ref === null) && isEmpty(this.#mirror);
    const instead = isFetched ? async () => await this.#fetchDefaultBranch(ahead) : undefined;
    const answers = await resolveRefs(this.#remote, refs, instead);
    rememberRefs(this.#mirror, answers);
    return answers;
  }

  /**
   * Fetches the commits that the mirror does not have.
   * @returns the failures by object id; empty if all are present.
   * @throws EdenError if the remote cannot be reached.
   */
  async fetch(wanted: readonly ResolvedRef[], contents: Contents): Promise<ReadonlyMap<string, EdenError>> {
    const commits = new Map(wanted.map((ref) => [ref.oid, ref]));
    const [first] = commits.keys();
    if (first === undefined) return new Map();
    const missing = () => [...commits.values()].filter(({ oid }) => !mirrorHas(this.#mirror, oid));
    if (this.isOffline)
      return new Map(missing().map(({ oid, commit }) => [oid, this.#miss(`commit ${commit.slice(0, 12)}`)]));
    if (openMirror(this.#mirror, formatOf(first))) this.onCreated();
    const absent = missing();
    const { failures, withoutContents } =
      this.#archives === null
        ? await fetchCommits(this.#remote, this.#mirror, absent, this.#sendsOnlyWhole ? "all" : contents)
        : { failures: await this.#archives.fetch(absent), withoutContents: false };
    if (absent.length > 0 && !withoutContents) this.#hasContents = true;
    for (const [oid, ref] of commits) if (!failures.has(oid)) this.#wanted.set(oid, ref);
    for (const ref of absent) this.#fetched.add(ref.oid);
    return failures;
  }

  /** True for a commit that was not in the mirror before. */
  wasFetched(oid: string): boolean {
    return this.#fetched.has(oid) || this.#archives?.wasMade(oid) === true;
  }

  /** The archive that a commit in the mirror was made from; null for a repository. */
  archiveOf(commit: string): ArchivePin | null {
    return this.#archives?.archiveOf(commit) ?? null;
  }

  /** As `readProof`, for a commit in the mirror. */
  async proof(place: WantedTree): Promise<Buffer[] | null> {
    return await readProof(this.#objects, place);
  }

  /** As `listTrees`, for commits in the mirror. @throws EdenError `FETCH_CORRUPT`. */
  async list(wanted: readonly WantedTree[], limit: number): Promise<Listing[]> {
    return await listTrees(this.#objects, wanted, limit);
  }

  /** The entries of one directory of a commit in the mirror; none if it is not there, or too large. */
  async directory(place: WantedTree): Promise<RawEntry[]> {
    return (await listDirectory(this.#objects, place, MOST_DIRECTORY_BYTES)) ?? [];
  }

  /**
   * Streams file contents from the mirror.
   * @returns the ids of those that it does not have.
   * @throws as `readBlobs`.
   */
  async read(oids: readonly string[], receiver: BlobReceiver): Promise<string[]> {
    return this.#hasContents ? await readBlobs(this.#objects, oids, receiver) : [...oids];
  }

  /**
   * Fetches file contents into the mirror and streams them; whole commits if it sends no less.
   * @throws EdenError `OFFLINE_MISS`; `FETCH_CORRUPT` if one did not arrive; if the remote cannot
   *   be reached; as `readBlobs`.
   */
  async fetchContents(oids: readonly string[], receiver: BlobReceiver): Promise<void> {
    if (oids.length === 0) return;
    if (this.isOffline) throw this.#miss("some of its files");
    if (!(await fetchBlobs(this.#remote, this.#mirror, oids))) await this.#fetchWhole();
    this.#hasContents = true;
    const [lost] = await readBlobs(this.#objects, oids, receiver);
    if (lost === undefined) return;
    const message = `object ${lost} of ${sanitize(this.source.repo)} did not arrive`;
    throw new EdenError("FETCH_CORRUPT", message, { stage: "materialise" });
  }

  /**
   * Whether a commit that is in the mirror descends from another one. Never throws for a failure of
   * the remote.
   */
  async ancestry(pair: CommitPair): Promise<Ancestry> {
    // Archives have no history; each replaces the one before.
    if (this.#archives !== null) return { kind: "descends", commits: null };
    return await ancestryOf(this.#remote, this.#objects, { ...pair, offline: this.isOffline });
  }

  /**
   * As `findCommits`, behind the commit that a ref names now. Offline, only that one is looked at.
   * @throws EdenError if the ref is missing, or the remote cannot be reached; as `findCommits`.
   */
  async find(ref: string | null, sought: readonly SoughtCommit[]): Promise<(string | null)[]> {
    const tip = (await this.resolve([ref])).get(ref);
    if (tip === undefined || tip instanceof EdenError) throw tip ?? this.#miss("its ref");
    const [failure] = (await this.fetch([tip], "none")).values();
    if (failure !== undefined) throw failure;
    const isShort = this.isOffline || this.#archives !== null;
    return await findCommits(this.#remote, this.#objects, { tip: tip.commit, isShort }, sought);
  }

  /** When a commit was made, or its archive published, in seconds since 1970; null if unknown. */
  async commitSeconds(commit: string): Promise<number | null> {
    if (this.#archives !== null) return this.#archives.publishedAt(commit);
    const [header] = await readCommits(this.#objects, [commit]);
    return header?.seconds ?? null;
  }

  /**
   * Why neither a commit in the mirror nor the tag that names it is signed by one of these keys;
   * null if one is. A tag that is not here is fetched.
   * @throws EdenError if the remote cannot be reached.
   */
  async signatureProblem(
    { commit, ref }: { commit: string; ref: string | null },
    keys: SigningKeys,
  ): Promise<string | null> {
    const { git, signal } = this.#remote;
    const { directory } = this.#mirror;
    const problem = await signatureProblem(git, { directory, oid: commit, kind: "commit" }, keys, signal);
    if (problem === null || ref === null || ref === commit || this.isOffline) return problem;
    const answer = (await this.resolve([ref])).get(ref);
    if (answer === undefined || answer instanceof EdenError) return problem;
    if (answer.commit !== commit || answer.oid === commit) return problem;
    const failures = await this.fetch([answer], "none");
    if (failures.size > 0) return problem;
    return await signatureProblem(git, { directory, oid: answer.oid, kind: "tag" }, keys, signal);
  }

  async #resolveArchives(
    archives: ArchiveRemote,
    refs: readonly (string | null)[],
  ): Promise<Map<string | null, RefAnswer>> {
    if (openMirror(this.#mirror, "sha1")) this.onCreated();
    const answers = await archives.resolve(refs);
    this.#hasContents = true;
    rememberRefs(this.#mirror, answers);
    return answers;
  }

  #remembered(ref: string | null): RefAnswer {
    return rememberedRef(this.#mirror, ref) ?? this.#miss(ref === null ? "the default branch" : `ref ${ref}`);
  }

  async #fetchDefaultBranch(contents: Contents): Promise<ResolvedRef | null> {
    const head = await fetchDefaultBranch(this.#remote, this.#mirror, contents);
    if (head === null) return null;
    this.onCreated();
    this.#fetched.add(head.ref.oid);
    this.#hasContents = !head.withoutContents;
    return head.ref;
  }

  /**
   * git does not fetch contents of a commit that the mirror already has, so the mirror is replaced
   * by a new one.
   */
  async #fetchWhole(): Promise<void> {
    await this.#objects.close();
    discardMirror(this.#mirror);
    this.#sendsOnlyWhole = true;
    const [failure] = (await this.fetch([...this.#wanted.values()], "all")).values();
    if (failure === undefined) return;
    // The server has lost a commit of the old mirror: the caller begins again without it.
    throw new EdenError("FETCH_CORRUPT", failure.message, failure.facts, failure);
  }

  #miss(what: string): EdenError {
    return offlineMiss(what, this.source);
  }
}
