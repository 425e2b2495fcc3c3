import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRepository, type Repository } from "./git-repository.js";
import type { HttpRemote } from "./http-remote.js";
import { skillText } from "./manifest-of.js";
import { createRegistry, type Registry, type RegistrySkillSpec } from "./registry.js";
import type { Sandbox } from "./sandbox.js";

/** A registry named `official` and the repository of its skill `pdf-forms`, whose tags v1.0.0, v1.1.0 … are its versions. */
export interface RegistryWorld {
  repository: Repository;
  registry: Registry;
  commits: Record<string, string>;
  /** The entry with these versions, by default with their tags alone. */
  entry(versions: readonly string[], changes?: Partial<RegistrySkillSpec>): RegistrySkillSpec;
  /** A manifest with that registry and `pdf-forms` in that range; `changes` go into the skill. */
  manifest(range: string, changes?: { registries?: string; skill?: string }): void;
  lock(): string;
  installed(id?: string): string;
}

/** @param versions tags of the repository; the registry has the first. */
export async function registryWorld(
  sandbox: Sandbox,
  remote: HttpRemote,
  versions: readonly string[],
): Promise<RegistryWorld> {
  const repository = await createRepository(join(sandbox.root, "served/skills.git"));
  const commits: Record<string, string> = {};
  for (const version of versions) {
    commits[version] = await repository.commit({
      files: { "skills/pdf/SKILL.md": skillText("pdf-forms", `This is ${version}.`) },
    });
    await repository.tag(`v${version}`);
  }
  const entry: RegistryWorld["entry"] = (named, changes = {}) => ({
    name: "pdf-forms",
    description: "Fills PDF forms",
    repo: `${remote.url}/skills.git`,
    subpath: "skills/pdf",
    versions: named.map((version) => ({ version, ref: `v${version}` })),
    ...changes,
  });
  const registry = await createRegistry(join(sandbox.root, "served/official.git"), {
    name: "Official",
    skills: [entry(versions.slice(0, 1))],
  });
  return {
    repository,
    registry,
    commits,
    entry,
    manifest: (range, { registries = "", skill = "" } = {}) =>
      void sandbox.writeManifest(
        `version = 1\n[registries.official]\nurl = "${remote.url}/official.git"\n${registries}\n` +
          `[[skills]]\nname = "pdf-forms"\nversion = "${range}"\n${skill}\ntargets = [{ agent = "claude-code" }]\n`,
      ),
    lock: () => readFileSync(sandbox.lockfilePath, "utf8"),
    installed: (id = "pdf-forms") => readFileSync(join(sandbox.home, `.claude/skills/${id}/SKILL.md`), "utf8"),
  };
}
