import { parseSource } from "../source/source-grammar.js";
import type { NormalManifest, NormalSkill } from "./normal-manifest.js";
import { portablePath, type SpecPlace } from "./target-spec.js";

/**
 * Rewrites the relative paths of a manifest so that they have the same meaning in another
 * directory.
 * @param place `cwd` is the current directory of the manifest, `manifestDirectory` the new one.
 */
export function rebaseManifest(manifest: NormalManifest, place: SpecPlace): NormalManifest {
  if (place.cwd === place.manifestDirectory) return manifest;
  const { storage, registries, skills } = manifest;
  const moved = Object.entries(registries ?? {}).map(
    ([name, registry]) => [name, { ...registry, url: rebaseSource(registry.url, place) }] as const,
  );
  return {
    ...manifest,
    ...(storage?.root !== undefined && { storage: { ...storage, root: portablePath(storage.root, place) } }),
    ...(registries !== undefined && { registries: Object.fromEntries(moved) }),
    ...(skills !== undefined && { skills: skills.map((skill) => rebaseSkill(skill, place)) }),
  };
}

function rebaseSkill(skill: NormalSkill, place: SpecPlace): NormalSkill {
  const { source, targets } = skill;
  return {
    ...skill,
    ...(source?.repo !== undefined && { source: { ...source, repo: rebaseSource(source.repo, place) } }),
    targets: targets.map((target) =>
      target.path === undefined || target.environment !== undefined
        ? target
        : { ...target, path: portablePath(target.path, place) },
    ),
  };
}

/** Rewrites a source for another directory; anything except a path stays unchanged. */
export function rebaseSource(repo: string, place: SpecPlace): string {
  const parsed = parseSource(repo, { directory: place.cwd, home: place.home, allowInsecure: true });
  return parsed.kind === "path" ? portablePath(repo, place) : repo;
}
