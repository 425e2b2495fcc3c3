import { join } from "node:path";
import { skillFiles, type SkillFiles } from "./collection-skills.js";
import type { Files } from "./fast-import.js";
import { createRepository, type Repository } from "./git-repository.js";

/** One skill of a collection. */
export interface CollectionSkill {
  id: string;
  /** Where it lives, e.g. `team-03/skills.git`, relative to the collection's root. */
  repository: string;
  subpath: string;
  /** The commit that holds it. */
  commit: string;
}

/** Bare repositories full of skills, beneath one directory, the same on every machine. */
export interface Collection {
  root: string;
  repositories: Map<string, Repository>;
  skills: CollectionSkill[];
}

/**
 * Makes `repositories` bare repositories (default 12) that hold `skills` skills (default 40) between them: nested and flat
 * layouts, scripts, links, binaries, unicode names, CRLF, empty files, attributes that must not take effect, licences.
 */
export async function makeCollection(options: {
  root: string;
  repositories?: number;
  skills?: number;
  objectFormat?: "sha1" | "sha256";
}): Promise<Collection> {
  const count = options.repositories ?? 12;
  const total = options.skills ?? 40;
  const homes = Array.from({ length: count }, (_, index) => `team-${padded(index + 1)}/skills.git`);
  const placed = Array.from({ length: total }, (_, index) => place(index, homes, total));
  const repositories = new Map<string, Repository>();
  const commits = new Map<string, string>();
  for (const name of homes) {
    const files: Files = { "README.md": `# Skills of ${name}\n`, LICENSE: "MIT\n" };
    for (const { repository, subpath, skill } of placed) {
      if (repository !== name) continue;
      for (const [path, file] of Object.entries(skill.files)) {
        files[subpath === "." ? path : `${subpath}/${path}`] = file;
      }
    }
    const repository = await createRepository(join(options.root, name), {
      files,
      message: `Skills of ${name}`,
      objectFormat: options.objectFormat ?? "sha1",
    });
    repositories.set(name, repository);
    commits.set(name, await repository.revParse("HEAD"));
  }
  const skills = placed.map(({ repository, subpath, skill }) => ({
    id: skill.name,
    repository,
    subpath,
    commit: commits.get(repository) ?? "",
  }));
  return { root: options.root, repositories, skills };
}

type Placed = Omit<CollectionSkill, "id" | "commit"> & { skill: SkillFiles };

/** What a manifest for a collection may vary. */
export interface ManifestOptions {
  /** What goes before the repository's name: `http://127.0.0.1:1234`, `git://…`, `file:///…`; a function for ssh. */
  baseUrl: string | ((repository: string) => string);
  /** Default `["claude-code"]`. */
  agents?: readonly string[];
  mode?: "symlink" | "copy";
  /** Default: none, the remote's default branch. `commit` pins each skill to its commit. */
  ref?: string | "commit";
  storageRoot?: string;
  /** Lines of the `[reactor]` table. */
  reactor?: Record<string, string | number | boolean>;
  /** Default: all, in order. */
  only?: (skill: CollectionSkill) => boolean;
}

/** The manifest that asks for the skills of a collection, as TOML text. */
export function manifestFor(collection: Collection, options: ManifestOptions): string {
  const { baseUrl } = options;
  const url = typeof baseUrl === "string" ? (name: string) => `${baseUrl}/${name}` : baseUrl;
  const lines = ["version = 1", 'scope = "global"'];
  if (options.storageRoot !== undefined) lines.push("", "[storage]", `root = ${quoted(options.storageRoot)}`);
  if (options.reactor !== undefined) {
    lines.push("", "[reactor]");
    for (const [key, value] of Object.entries(options.reactor)) lines.push(`${key} = ${quoted(value)}`);
  }
  for (const skill of collection.skills.filter(options.only ?? (() => true))) {
    const ref = options.ref === "commit" ? skill.commit : options.ref;
    lines.push("", "[[skills]]", `id = ${quoted(skill.id)}`);
    lines.push("[skills.source]", `repo = ${quoted(url(skill.repository))}`);
    if (ref !== undefined) lines.push(`ref = ${quoted(ref)}`);
    lines.push(`subpath = ${quoted(skill.subpath)}`);
    if (options.mode !== undefined) lines.push("[skills.install]", `mode = ${quoted(options.mode)}`);
    for (const agent of options.agents ?? ["claude-code"]) {
      lines.push("[[skills.targets]]", `agent = ${quoted(agent)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Skills go round the repositories; the layout varies, and a repository with one skill only has it at its root. */
function place(index: number, homes: readonly string[], total: number): Placed {
  const home = index % homes.length;
  const skill = skillFiles(index);
  const group = `group-${Math.floor(index / homes.length)}`;
  const layouts = ["skills", "plugins/tools/skills", ".claude/skills", `categories/${group}`];
  const alone = index + homes.length >= total && index < homes.length;
  const subpath = alone ? "." : `${layouts[home % layouts.length] ?? "skills"}/${skill.name}`;
  return { repository: homes[home] ?? "", subpath, skill };
}

function padded(n: number): string {
  return String(n).padStart(2, "0");
}

/** Strings as TOML basic strings; JSON's escapes are a subset of TOML's. */
function quoted(value: string | number | boolean): string {
  return JSON.stringify(value);
}
