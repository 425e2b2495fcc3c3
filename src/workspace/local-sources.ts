import { basename, dirname, join } from "node:path";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { parseSource } from "../manifest/source/source-grammar.js";
import { kindOfSource } from "./load-manifest.js";

/** A directory of this machine that is the source of a skill. */
export interface LocalSource {
  skill: string;
  /** Absolute, from the manifest or the lockfile. */
  path: string;
}

/** The source directories of a manifest's skills. */
export function sourcesOfSkills(skills: readonly ManifestSkill[]): LocalSource[] {
  return skills.flatMap(({ id: skill, source }) => {
    if (source.kind === "directory") return [{ skill, path: directoryOf(source) }];
    if (source.kind !== "repository" || source.transport !== "file") return [];
    return [{ skill, path: directoryInRepository(source.key.slice("file://".length), source.subpath) }];
  });
}

/** The source directories of a lockfile's skills. */
export function sourcesOfLockfile({ skills }: Lockfile, directory: string, home: string): LocalSource[] {
  return skills.flatMap(({ id: skill, sourceRepo, sourceSubpath, resolvedCommit }) => {
    const source = parseSource(sourceRepo, { directory, home, allowInsecure: true });
    if (source.kind === "path" && resolvedCommit === "") return [{ skill, path: join(source.path, sourceSubpath) }];
    if (source.kind === "path") return [{ skill, path: directoryInRepository(source.path, sourceSubpath) }];
    if (source.kind !== "remote" || source.transport !== "file") return [];
    return [{ skill, path: directoryInRepository(source.key.slice("file://".length), sourceSubpath) }];
  });
}

/**
 * The directory in the work tree where an author edits a skill of a repository. A bare repository
 * is a source as a whole.
 */
function directoryInRepository(repository: string, subpath: string): string {
  const path = repository.replace(/\/+$/u, "");
  if (basename(path) === ".git") return join(dirname(path), subpath);
  return kindOfSource(path) === "bare-repository" ? path : join(path, subpath);
}
