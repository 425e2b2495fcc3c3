import { EdenError, sanitize } from "../errors.js";
import type { ArchiveRemote } from "../git/archive-remote.js";
import { httpRoute } from "../git/http-route.js";
import { importCommit } from "../git/import-commit.js";
import { openMirror, type Mirror, type ResolvedRef } from "../git/mirror.js";
import type { Remote } from "../git/remote.js";
import type { RefAnswer } from "../git/remote-refs.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import type { ArchivePin } from "../manifest/lockfile/lockfile.js";
import { cleanFiles } from "./clean-files.js";
import type { ArchiveAccess } from "./download.js";
import type { ArchiveKind, Release } from "./release.js";
import { Releases } from "./releases.js";

/**
 * The archives of one source, as commits of its mirror: find → download → verify → unpack → commit.
 * The kinds differ only in how they find a release (decision 0092).
 */
export class Archives implements ArchiveRemote {
  readonly #remote: Remote;
  readonly #mirror: Mirror;
  readonly #access: ArchiveAccess;
  readonly #releases: Releases;
  readonly #made = new Set<string>();

  constructor(
    remote: Remote,
    mirror: Mirror,
    { offline, onBytes }: { offline: boolean; onBytes?: ((bytes: number) => void) | undefined },
  ) {
    const { git, signal, stallMs } = remote;
    const routeTo = (url: URL) => httpRoute(url, git);
    this.#remote = remote;
    this.#mirror = mirror;
    const web = { stallMs, offline, routeTo, refusal: "ARCHIVE_INVALID" } as const;
    this.#access = { host: git.host, clock: git.clock, web, signal, onBytes };
    this.#releases = new Releases(mirror);
  }

  async resolve(refs: readonly (string | null)[]): Promise<Map<string | null, RefAnswer>> {
    const kind = await this.#kind();
    const answers = new Map<string | null, RefAnswer>();
    for (const ref of refs) answers.set(ref, await ownFault(async () => await this.#answer(await kind.find(ref))));
    return answers;
  }

  async fetch(wanted: readonly ResolvedRef[]): Promise<Map<string, EdenError>> {
    const kind = await this.#kind();
    const failures = new Map<string, EdenError>();
    for (const { oid, archive = {} } of wanted) {
      const failure = await this.#fetchPinned(kind.pinned(archive), oid);
      if (failure !== null) failures.set(oid, failure);
    }
    return failures;
  }

  async #fetchPinned(places: (() => Promise<Release>)[], oid: string): Promise<EdenError | null> {
    let failure = this.#otherFiles();
    for (const place of places) {
      const made = await ownFault(async () => await this.#make(await place()));
      if (made === oid) return null;
      failure = made instanceof EdenError ? made : this.#otherFiles();
    }
    return failure;
  }

  archiveOf(commit: string): ArchivePin | null {
    const record = this.#releases.of(commit);
    if (record === null) return null;
    const { version, digest } = record;
    return { ...(version !== undefined && { version }), ...(digest !== undefined && { digest }) };
  }

  publishedAt(commit: string): number | null {
    return this.#releases.of(commit)?.published ?? null;
  }

  wasMade(commit: string): boolean {
    return this.#made.has(commit);
  }

  async #answer(release: Release): Promise<ResolvedRef> {
    const { pin, isFixed } = release;
    const commit = this.#releases.commitOf(pin) ?? (await this.#make(release));
    return { oid: commit, commit, ...(isFixed && { tag: true as const }), archive: pin };
  }

  /** The commit of a release: the same files of the same version always have the same id. */
  async #make({ pin, unpack }: Release): Promise<string> {
    const { git, source, signal } = this.#remote;
    openMirror(this.#mirror, "sha1");
    const unpacked = await unpack();
    const { published } = unpacked;
    const files = cleanFiles(unpacked, source.repo);
    const message = `${source.key} ${pin.version ?? pin.digest ?? ""}\n`;
    const commit = await importCommit(git, this.#mirror, { ...files, message }, signal);
    this.#releases.add(commit, { ...pin, ...(published !== undefined && { published }) });
    this.#made.add(commit);
    return commit;
  }

  async #kind(): Promise<ArchiveKind> {
    return await kindOf(this.#access, this.#remote.source);
  }

  #otherFiles(): EdenError {
    return new EdenError(
      "INTEGRITY_MISMATCH",
      `${sanitize(this.#remote.source.repo)}: the archive has other files than the lockfile records`,
      { stage: "fetch", hint: "Restore the lockfile from version control, or delete the entry to pin it again." },
    );
  }
}

async function kindOf(access: ArchiveAccess, source: RepositorySource): Promise<ArchiveKind> {
  switch (source.transport) {
    case "archive":
      return (await import("./url-kind.js")).urlKind(access, source);
    case "npm":
      return (await import("./npm-kind.js")).npmKind(access, source);
    case "oci":
      return (await import("./oci-kind.js")).ociKind(access, source);
    default:
      throw new TypeError(`${source.transport} is no kind of archive`);
  }
}

/** The result, or an error that is one of this archive alone. @throws all other errors. */
async function ownFault<T>(work: () => Promise<T>): Promise<T | EdenError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EdenError && OWN_FAULTS.has(error.code)) return error;
    throw error;
  }
}

const OWN_FAULTS = new Set(["REF_NOT_FOUND", "ARCHIVE_GONE", "ARCHIVE_INVALID", "INTEGRITY_MISMATCH", "SKILL_UNSAFE"]);
