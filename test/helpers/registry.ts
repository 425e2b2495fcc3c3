import { createRepository, type Repository } from "./git-repository.js";
import type { Files } from "./fast-import.js";

/** One version in a registry; at least a ref or a commit. */
export interface RegistryVersionSpec {
  version: string;
  ref?: string;
  commit?: string;
  yanked?: boolean;
}

/** One skill in a registry. */
export interface RegistrySkillSpec {
  name: string;
  repo: string;
  description?: string;
  subpath?: string;
  license?: string;
  versions: readonly RegistryVersionSpec[];
}

export interface RegistrySpec {
  name: string;
  skills: readonly RegistrySkillSpec[];
  formatVersion?: number;
  /** Further files, or other texts for those above. */
  files?: Files;
}

/** A registry that is a real git repository. */
export interface Registry {
  readonly repository: Repository;
  /** Replaces all it holds, as a new commit. */
  publish(spec: RegistrySpec): Promise<string>;
}

/** Creates a registry in `dir`: a bare repository with manifest.toml and a bucketed index. */
export async function createRegistry(dir: string, spec: RegistrySpec): Promise<Registry> {
  const repository = await createRepository(dir, { files: registryFiles(spec), message: "Publish" });
  return {
    repository,
    publish: async (next) => await repository.commit({ files: registryFiles(next), replace: true }),
  };
}

/** The entry of one skill as TOML. */
export function entryText({ name, repo, versions, ...about }: RegistrySkillSpec): string {
  const pairs = (table: object) =>
    Object.entries(table).flatMap(([key, value]) => (value === undefined ? [] : [`${key} = ${JSON.stringify(value)}`]));
  return [
    "[skill]",
    ...pairs({ name, repo, ...about }),
    ...versions.flatMap((version) => ["", "[[versions]]", ...pairs(version)]),
    "",
  ].join("\n");
}

function registryFiles({ name, skills, formatVersion = 1, files = {} }: RegistrySpec): Files {
  return {
    "manifest.toml": `format_version = ${formatVersion}\nname = ${JSON.stringify(name)}\n`,
    ...Object.fromEntries(
      skills.map((skill) => [`index/${skill.name.slice(0, 1)}/${skill.name}.toml`, entryText(skill)]),
    ),
    ...files,
  };
}
