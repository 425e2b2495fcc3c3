import { basename } from "node:path";
import { EdenError } from "../errors.js";
import type { ResolvedRef } from "../git/mirror.js";
import type { Manifest, RepositorySource, SkillSource } from "../manifest/document/manifest.js";
import { sourceRefProblem } from "../manifest/source/archive-address.js";
import type { InstallSource } from "../manifest/source/install-source.js";
import { fileKey } from "../manifest/source/remote-url.js";
import { parseSource } from "../manifest/source/source-grammar.js";
import { readSubpath } from "../manifest/source/subpath.js";
import { requireSource } from "../policy/require-allowed.js";
import { oneTask } from "../run/one-task.js";
import { attemptOf, placeOf } from "../run/repository-task.js";
import type { RunContext } from "../run/run-context.js";
import { withRepositories } from "../run/with-repositories.js";
import { openStore } from "../store/store.js";
import { kindOfSource } from "../workspace/load-manifest.js";
import type { Place } from "./resolve-place.js";
import type { SourceView } from "./source-view.js";
import { viewDirectory } from "./view-directory.js";
import { viewRepository } from "./view-repository.js";

/** A repository or a directory that can be searched, as typed. */
export type SearchableSource = Extract<InstallSource, { kind: "repository" | "path" }>;

/** What was searched. */
export interface SearchedSource {
  /** The manifest's `repo`; a path is still as typed. */
  repo: string;
  ref: string | null;
  /** The directory that was searched, "." for the root. */
  start: string;
  /** As in a manifest, with the directory that was searched. */
  source: SkillSource;
}

/** @param rootName the name of a skill at the root. */
type Look<T> = (view: SourceView, rootName: string) => Promise<T>;

/**
 * Opens a repository or a directory and looks at its files, with the retries and time limits of a
 * sync.
 * @returns what `look` returns, and what was searched.
 * @throws EdenError `INVALID_REPO_URL`, `INVALID_REF`, `INVALID_SUBPATH`, `POLICY_DENIED`; as a sync does if the
 *   source cannot be fetched.
 */
export async function withSource<T extends object>(
  context: RunContext,
  manifest: Manifest,
  source: SearchableSource,
  look: Look<T>,
): Promise<T & SearchedSource> {
  context.step("source");
  const repo = source.kind === "path" ? source.path : source.repo;
  const given = source.kind === "path" ? { ref: null, subpath: ".", refAndPath: null } : source;
  const place = { ref: given.ref, start: subpathOf(given.subpath), refAndPath: given.refAndPath };
  const { cwd: directory, home } = context.host;
  const parsed = parseSource(repo, { directory, home, ref: place.ref });
  if (parsed.kind === "refused") throw new EdenError("INVALID_REPO_URL", parsed.reason);
  const refOf = parsed.kind === "remote" ? parsed : { transport: "file" as const };
  const problem = place.ref === null ? null : sourceRefProblem(refOf, place.ref);
  if (problem !== null) throw new EdenError("INVALID_REF", problem);
  if (parsed.kind === "remote") {
    const installed = parsed.transport === "npm" ? await installedFor(manifest, repo, place.ref) : {};
    const named = { ...parsed, ...installed, repo, ref: place.ref, subpath: "." };
    const remote: RepositorySource = { ...named, kind: "repository" };
    await requireSource(manifest, remote);
    return await lookInRepository(context, manifest, { source: remote, place }, look);
  }
  const { path } = parsed;
  const kind = kindOfSource(path);
  if (kind === "absent" || kind === "file") {
    throw new EdenError("INVALID_REPO_URL", kind === "file" ? `${path} is a file` : `there is nothing at ${path}`, {
      hint: "Name a directory, a repository, or owner/repo on GitHub.",
    });
  }
  if (place.ref === null && kind !== "bare-repository") {
    const searched = { kind: "directory", repo, path, ref: null, subpath: place.start } as const;
    await requireSource(manifest, searched);
    const found = await viewDirectory(path, place.start, manifest.limits, async (view) => {
      return await look(view, basename(path));
    });
    return { ...found, repo, ref: null, start: place.start, source: searched };
  }
  if (kind === "directory") throw new EdenError("INVALID_REF", "a plain directory has no refs");
  const local = { kind: "repository", repo, url: path, key: fileKey(path), host: "", transport: "file" } as const;
  const repository: RepositorySource = { ...local, ref: place.ref, subpath: "." };
  await requireSource(manifest, repository);
  return await lookInRepository(context, manifest, { source: repository, place }, look);
}

async function lookInRepository<T extends object>(
  context: RunContext,
  { storageRoot }: Manifest,
  { source, place }: { source: RepositorySource; place: Place },
  look: Look<T>,
): Promise<T & SearchedSource> {
  return await withRepositories(context, openStore(storageRoot), context.signal, async (repositories) => {
    return await oneTask(context, {
      key: source.key,
      ...placeOf(source),
      run: async (signal) =>
        await repositories.open(source, attemptOf(context, source.key, signal), async (repository) => {
          const view = await viewRepository(repository, place);
          const found = await look(view, rootNameOf(source.repo));
          const { start } = view;
          const ref = view.ref ?? usualRef(source, view.at);
          return { ...found, repo: source.repo, ref, start, source: { ...source, ref, subpath: start } };
        }),
    });
  });
}

async function installedFor({ directory, scope }: Manifest, repo: string, ref: string | null) {
  const { installedPackages } = await import("../manifest/source/installed-package.js");
  const installed = installedPackages(directory, scope)(repo, ref);
  return installed === null ? {} : { installed };
}

/**
 * The ref that an entry gets if none was typed: the digest of a file; for a package compatible
 * versions, unless it is installed in the project, which chooses its version.
 */
function usualRef({ transport, installed }: RepositorySource, at: ResolvedRef | null): string | null {
  const { version, digest = null } = at?.archive ?? {};
  if (transport === "archive") return digest;
  return transport === "npm" && version !== undefined && installed === undefined ? `^${version}` : null;
}

/** The name of a skill at the root of a repository. */
export function rootNameOf(repo: string): string {
  const path = repo.replace(/\/+$|\?.*$/gu, "").replace(/\.(?:git|tar\.gz|tgz|zip)$/u, "");
  return path.split(/[/:]/u).at(-1) ?? "";
}

function subpathOf(typed: string): string {
  const read = readSubpath(typed);
  if ("problem" in read) throw new EdenError("INVALID_SUBPATH", read.problem);
  return read.subpath;
}
