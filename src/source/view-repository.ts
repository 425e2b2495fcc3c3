import { EdenError, sanitize } from "../errors.js";
import type { Repository } from "../git/repository.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { followLink } from "../skill/follow-links.js";
import { resolvePlace, type Place } from "./resolve-place.js";
import { MOST_BYTES, MOST_ENTRIES, MOST_LINKS, type SourceLink, type SourceView } from "./source-view.js";

/**
 * Fetches the commit of a location (nothing if the mirror has it) and provides its files. The view
 * is valid while the repository is open.
 * @throws EdenError as a sync does; `REF_NOT_FOUND`, `OFFLINE_MISS`, `SUBPATH_NOT_FOUND` …
 */
export async function viewRepository(repository: Repository, place: Place): Promise<SourceView> {
  const contents = place.start === "." && place.refAndPath === null ? "whole" : "none";
  const { ref, start, at } = await resolvePlace(repository, place, contents);
  const [failure] = (await repository.fetch([at], contents)).values();
  if (failure !== undefined) throw failure;
  const [listing] = await repository.list([{ commit: at.commit, subpath: "." }], MOST_ENTRIES);
  if (listing === undefined || "problem" in listing) throw tooLarge(repository.source);
  const oids = new Map(listing.entries.map(({ path, oid }) => [path.toString("utf8"), oid]));
  const ofMode = (begin: string) =>
    listing.entries.filter(({ mode }) => mode.startsWith(begin)).map(({ path }) => path.toString("utf8"));
  const linkPaths = ofMode("12");
  const read = async (paths: readonly string[], most = MOST_BYTES) => await readFiles(repository, oids, paths, most);
  return {
    ref,
    at,
    start,
    paths: ofMode("100"),
    submodules: ofMode("16"),
    unread: [],
    linksLeft: Math.max(0, linkPaths.length - MOST_LINKS),
    links: async () => linksOf(await read(linkPaths.slice(0, MOST_LINKS)), oids),
    contentOf: (directory) => (directory === "." ? listing.tree : (oids.get(directory) ?? null)),
    read,
  };
}

async function readFiles(
  repository: Repository,
  oids: ReadonlyMap<string, string>,
  paths: readonly string[],
  most: number,
): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  const receiver = {
    accepts: (_: string, size: number) => size <= MOST_BYTES,
    take: (oid: string, content: Buffer) => void contents.set(oid, Buffer.from(content.subarray(0, most))),
  };
  const wanted = [...new Set(paths.flatMap((path) => oids.get(path) ?? []))];
  await repository.fetchContents(await repository.read(wanted, receiver), receiver);
  return new Map(
    paths.flatMap((path) => {
      const content = contents.get(oids.get(path) ?? "");
      return content === undefined ? [] : [[path, content] as const];
    }),
  );
}

function linksOf(contents: ReadonlyMap<string, Buffer>, oids: ReadonlyMap<string, string>): SourceLink[] {
  const texts = new Map([...contents].map(([path, content]) => [path, content.toString("utf8")]));
  return [...texts].map(([path, text]) => {
    const to = followLink(path, texts);
    return { path, text, to: to === "." || oids.has(to ?? "") ? to : null };
  });
}

function tooLarge({ repo }: RepositorySource): EdenError {
  return new EdenError("SKILL_UNSAFE", `${sanitize(repo)} has more than ${MOST_ENTRIES} files`, {
    stage: "resolve",
    hint: "Add the skill with `eden-skills add --repo … --subpath …`.",
  });
}
