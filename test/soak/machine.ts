import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";

/** Files of each skill; all of one version name the same number, so that a mixture is seen. */
export const FILES = ["SKILL.md", "notes.md", "scripts/run.sh"];

const SKILLS = ["one", "two", "three"];
const AGENTS = ["claude-code", "cursor"];

/** A skill's source, whose content changes while the soak goes on. */
interface Served {
  name: string;
  repository: Repository;
  /** Number of the newest version. */
  version: number;
}

/** Several projects that share one storage and the repositories of their skills. */
export interface SoakMachine {
  sandbox: Sandbox;
  /** Directories with a `skills.toml`. */
  projects: string[];
  /** Names of the repositories; skill ids are `<repository>-<skill>`. */
  repositories: readonly string[];
  /** The address of a repository. */
  urlOf(name: string): string;
  /** Commits a new version of all skills of a repository. */
  publish(at: number): Promise<void>;
  /** Number of the newest version of a skill with that id. */
  newest(id: string): number;
}

/** Makes it, with `projects` manifests of overlapping skills; nothing is installed yet. */
export async function soakMachine(
  sandbox: Sandbox,
  { projects, baseUrl }: { projects: number; baseUrl: string },
): Promise<SoakMachine> {
  const served: Served[] = [];
  for (const name of ["red", "green", "blue", "grey"]) {
    const repository = await createRepository(join(sandbox.root, "served", `${name}.git`), { files: filesOf(name, 1) });
    served.push({ name, repository, version: 1 });
  }
  // Half over http, half as local repositories.
  const urlOf = (name: string) =>
    served.findIndex((one) => one.name === name) % 2 === 0
      ? `${baseUrl}/${name}.git`
      : `file://${join(sandbox.root, "served", `${name}.git`)}`;
  const directories = Array.from({ length: projects }, (_, index) => {
    const directory = join(sandbox.root, `project-${index}`);
    mkdirSync(join(directory, ".git"), { recursive: true });
    const [first, second] = [served[index % 4]?.name ?? "", served[(index + 1) % 4]?.name ?? ""];
    const skills = [...SKILLS.map((skill) => [first, skill]), [second, "one"]].map(([repo = "", subpath = ""]) => ({
      id: `${repo}-${subpath}`,
      repo: urlOf(repo),
      subpath: `${repo}-${subpath}`,
      mode: index % 3 === 2 ? ("copy" as const) : ("symlink" as const),
      agents: AGENTS,
    }));
    writeFileSync(join(directory, "skills.toml"), manifestOf(skills, 'scope = "project"'));
    return directory;
  });
  return {
    sandbox,
    projects: directories,
    repositories: served.map(({ name }) => name),
    urlOf,
    async publish(at) {
      const one = served[at % served.length];
      if (one === undefined) return;
      await one.repository.commit({ files: filesOf(one.name, one.version + 1), replace: true });
      one.version += 1;
    },
    newest: (id) => served.find(({ name }) => id.startsWith(`${name}-`))?.version ?? 0,
  };
}

function filesOf(name: string, version: number): Record<string, string> {
  const files = SKILLS.flatMap((skill) =>
    FILES.map((path): [string, string] => {
      const id = `${name}-${skill}`;
      const line = `version ${version} of ${id}`;
      return [`${id}/${path}`, path === "SKILL.md" ? skillText(id, line) : `${line}\n`];
    }),
  );
  return Object.fromEntries(files);
}
