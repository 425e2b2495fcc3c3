import type { Git } from "../git/git.js";
import { EdenError, sanitize } from "../errors.js";
import { fetchBlobs, fetchCommits } from "../git/fetch.js";
import { listTrees, type RawEntry } from "../git/list-trees.js";
import {
  forgetPromises,
  mirrorHas,
  mirrorOf,
  openMirror,
  rememberedRef,
  rememberRefs,
  type Mirror,
} from "../git/mirror.js";
import { ObjectReader } from "../git/object-reader.js";
import { readBlobs } from "../git/read-blobs.js";
import { resolveRefs } from "../git/remote-refs.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { followLink } from "../skill/follow-links.js";
import { formatOf, isObjectId } from "../manifest/names/object-id.js";
import { acquireLock } from "../system/lock.js";
import { offlineMiss } from "../sync/resolve-commits.js";
import type { SyncWorld } from "../sync/sync-world.js";

/** The files of a source, before anything of it is wanted. */
export interface SourceView {
  /** The ref that was looked at; null for the default branch. */
  ref: string | null;
  /** The directory that was asked for. */
  start: string;
  /** Of all files, from the root, with `/`. */
  paths: string[];
  /** Directories that are other repositories. */
  submodules: string[];
  /** Directories that could not be looked at, or not wholly, and why. */
  unread: { path: string; reason: string }[];
  /** How many links are more than those that `links` gives. */
  linksLeft: number;
  /** The links, at most `MOST_LINKS` of them. */
  links(): Promise<SourceLink[]>;
  /** What tells whether two directories hold the same; null where that is not known. */
  contentOf(directory: string): string | null;
  /**
   * The beginnings of files, by path; what is too large is left out, or cannot be read.
   * @param most bytes of each that are kept: there may be very many.
   */
  read(paths: readonly string[], most?: number): Promise<Map<string, Buffer>>;
}

/** A symbolic link in a source. */
export interface SourceLink {
  path: string;
  text: string;
  /** The file or directory that it leads to, from the root and without a link in its path; null when that is outside, or not there. */
  to: string | null;
}

/** Links of one source that are followed. */
export const MOST_LINKS = 1000;

/** Entries of a whole repository; one with more has to be looked at in part. */
export const MOST_ENTRIES = 200_000;

/** Bytes of a file that is read to see what a skill is. */
export const MOST_BYTES = 1024 * 1024;

export type LookingWorld = Pick<SyncWorld, "host" | "clock" | "storageRoot" | "offline" | "stallMs" | "git">;

/** Where in a repository to look. `refAndPath` is a ref and a directory run together, as in the address of a page. */
export interface Place {
  ref: string | null;
  start: string;
  refAndPath: string | null;
}

/**
 * Fetches the commit that a ref points to (nothing, where the mirror has it) and looks at it, under the mirror's lock.
 * @throws EdenError as a sync does; `REF_NOT_FOUND`, `OFFLINE_MISS`, `SUBPATH_NOT_FOUND` …
 */
export async function viewRepository<T>(
  world: LookingWorld,
  source: RepositorySource,
  place: Place,
  signal: AbortSignal,
  use: (view: SourceView) => Promise<T>,
): Promise<T> {
  const git = await world.git(signal);
  const mirror = mirrorOf(world.storageRoot, source);
  const release = await acquireLock(mirror.lockPath, { clock: world.clock, signal });
  try {
    const options = { signal, stallMs: world.stallMs };
    const { ref, start, oid, commit } = await resolvePlace(world, git, mirror, source, place, options);
    if (!world.offline) {
      openMirror(mirror, formatOf(oid));
      const { failures } = await fetchCommits(git, mirror, source, [{ oid, commit }], options);
      const failure = failures.get(oid);
      if (failure !== undefined) throw failure;
    } else if (!mirrorHas(mirror, oid)) throw offlineMiss(`commit ${commit.slice(0, 12)}`, source);
    forgetPromises(mirror);
    const reader = new ObjectReader(git, mirror.directory, signal);
    try {
      const [listing = { problem: "absent" as const }] = await listTrees(
        reader,
        [{ commit, subpath: "." }],
        MOST_ENTRIES,
      );
      if ("problem" in listing) throw tooLarge(source);
      const fetchMissing = async (oids: readonly string[]) => {
        if (world.offline) throw offlineMiss("a file", source);
        await fetchBlobs(git, mirror, source, oids, options);
      };
      return await use(viewOf(listing.entries, listing.tree, { ref, start }, reader, fetchMissing));
    } finally {
      await reader.close();
    }
  } finally {
    release();
  }
}

function viewOf(
  entries: readonly RawEntry[],
  root: string,
  about: Pick<SourceView, "ref" | "start">,
  reader: ObjectReader,
  fetchMissing: (oids: readonly string[]) => Promise<void>,
): SourceView {
  const oids = new Map(entries.map(({ path, oid }) => [path.toString("utf8"), oid]));
  const ofMode = (begin: string) =>
    entries.filter(({ mode }) => mode.startsWith(begin)).map(({ path }) => path.toString("utf8"));
  const linkPaths = ofMode("12");
  const read = async (paths: readonly string[], most = MOST_BYTES) => {
    const wanted = [...new Set(paths.flatMap((path) => oids.get(path) ?? []))];
    const contents = new Map<string, Buffer>();
    const receiver = {
      accepts: (_: string, size: number) => size <= MOST_BYTES,
      take: (oid: string, content: Buffer) => void contents.set(oid, Buffer.from(content.subarray(0, most))),
    };
    const missing = await readBlobs(reader, wanted, receiver);
    if (missing.length > 0) {
      await fetchMissing(missing);
      await readBlobs(reader, missing, receiver);
    }
    return new Map(
      paths.flatMap((path) => {
        const content = contents.get(oids.get(path) ?? "");
        return content === undefined ? [] : [[path, content] as const];
      }),
    );
  };
  return {
    ...about,
    paths: ofMode("100"),
    submodules: ofMode("16"),
    unread: [],
    linksLeft: Math.max(0, linkPaths.length - MOST_LINKS),
    links: async () => {
      const texts = new Map<string, string>();
      for (const [path, content] of await read(linkPaths.slice(0, MOST_LINKS)))
        texts.set(path, content.toString("utf8"));
      return [...texts].map(([path, text]) => {
        const to = followLink(path, texts);
        return { path, text, to: to === "." || oids.has(to ?? "") ? to : null };
      });
    },
    contentOf: (directory) => (directory === "." ? root : (oids.get(directory) ?? null)),
    read,
  };
}

interface FoundPlace {
  ref: string | null;
  start: string;
  oid: string;
  commit: string;
}

/** A ref and a path that run together: the longest beginning that is a ref of the repository. */
async function resolvePlace(
  world: LookingWorld,
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  { ref, start, refAndPath }: Place,
  options: { signal: AbortSignal; stallMs: number },
): Promise<FoundPlace> {
  const parts = refAndPath?.split("/") ?? [];
  const candidates =
    refAndPath === null
      ? [{ ref, start }]
      : parts
          .map((_, index) => ({
            ref: parts.slice(0, index + 1).join("/"),
            start: parts.slice(index + 1).join("/") || ".",
          }))
          .toReversed();
  const open = candidates.filter(({ ref: name }) => commitOf(name) === null).map(({ ref: name }) => name);
  const answers = world.offline
    ? new Map(
        open.map((name) => [
          name,
          rememberedRef(mirror, name) ?? offlineMiss(name === null ? "the default branch" : `ref ${name}`, source),
        ]),
      )
    : open.length === 0
      ? new Map()
      : await resolveRefs(git, source, open, options);
  if (!world.offline)
    rememberRefs(mirror, new Map([...answers].filter(([, answer]) => !(answer instanceof EdenError))));
  for (const candidate of candidates) {
    const hex = commitOf(candidate.ref);
    const answer = hex === null ? answers.get(candidate.ref) : { oid: hex, commit: hex };
    if (answer !== undefined && !(answer instanceof EdenError)) return { ...candidate, ...answer };
  }
  const failure = answers.get(candidates.at(-1)?.ref ?? null);
  throw failure instanceof EdenError ? failure : new EdenError("REF_NOT_FOUND", "no such ref", { stage: "resolve" });
}

function commitOf(ref: string | null): string | null {
  return ref !== null && isObjectId(ref) ? ref : null;
}

function tooLarge({ repo }: RepositorySource): EdenError {
  return new EdenError("SKILL_UNSAFE", `${sanitize(repo)} has more than ${MOST_ENTRIES} files`, {
    stage: "resolve",
    hint: "Add the skill with `eden-skills add --repo … --subpath …`.",
  });
}
