import { formatShortSource, parseShortSource } from "../source/short-source.js";
import { parseSource } from "../source/source-grammar.js";
import { parseTargetSpec } from "../targets/parse-target-spec.js";
import { rebasePolicy } from "./rebase-policy.js";
import type { NormalManifest, NormalSkill, NormalTarget } from "./normal-manifest.js";
import { portablePath, type SpecPlace } from "./target-spec.js";

/**
 * Rewrites the relative paths of a manifest so that they have the same meaning in another
 * directory. The directory of an agent in a project is relative to each project, and stays.
 * @param place `cwd` is the current directory of the manifest, `manifestDirectory` the new one.
 */
export function rebaseManifest(manifest: NormalManifest, place: SpecPlace): NormalManifest {
  if (place.cwd === place.manifestDirectory) return manifest;
  const { storage, policy, defaults, agents, registries, collections, skills } = manifest;
  return {
    ...manifest,
    ...(storage?.root !== undefined && { storage: { ...storage, root: portablePath(storage.root, place) } }),
    ...(policy !== undefined && { policy: rebasePolicy(policy, place) }),
    ...(defaults?.targets !== undefined && {
      defaults: { ...defaults, targets: defaults.targets.map((target) => rebaseTarget(target, place)) },
    }),
    ...(agents !== undefined && {
      agents: mapValues(agents, ({ global, ...rest }) =>
        global === undefined ? rest : { ...rest, global: portablePath(global, place) },
      ),
    }),
    ...(registries !== undefined && {
      registries: mapValues(registries, (registry) => ({ ...registry, url: rebaseSource(registry.url, place) })),
    }),
    ...(collections !== undefined && {
      collections: collections.map((collection) => ({
        ...collection,
        repo: rebaseSource(collection.repo, place),
        ...(collection.targets !== undefined && {
          targets: collection.targets.map((target) => rebaseTarget(target, place)),
        }),
      })),
    }),
    ...(skills !== undefined && { skills: skills.map((skill) => rebaseSkill(skill, place)) }),
  };
}

function mapValues<T>(table: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, change(value)]));
}

function rebaseSkill(skill: NormalSkill, place: SpecPlace): NormalSkill {
  const { source, targets } = skill;
  return {
    ...skill,
    ...(typeof source === "string" && { source: rebaseShort(source, place) }),
    ...(typeof source === "object" &&
      source.repo !== undefined && { source: { ...source, repo: rebaseSource(source.repo, place) } }),
    ...(targets !== undefined && { targets: targets.map((target) => rebaseTarget(target, place)) }),
  };
}

function rebaseTarget(target: NormalTarget, place: SpecPlace): NormalTarget {
  if (typeof target === "string") {
    const read = parseTargetSpec(target);
    return "problem" in read || read.path === undefined ? target : `${read.agent}:${portablePath(read.path, place)}`;
  }
  if (target.path === undefined || target.environment !== undefined) return target;
  return { ...target, path: portablePath(target.path, place) };
}

/** In the short form if that is possible. */
function rebaseShort(text: string, place: SpecPlace): string | { repo: string; ref?: string; subpath?: string } {
  const source = parseShortSource(text);
  const moved = { ...source, repo: rebaseSource(source.repo, place) };
  return moved.repo === source.repo ? text : (formatShortSource(moved) ?? moved);
}

/** Rewrites a source for another directory; anything except a path stays unchanged. */
export function rebaseSource(repo: string, place: SpecPlace): string {
  const parsed = parseSource(repo, { directory: place.cwd, home: place.home, allowInsecure: true });
  return parsed.kind === "path" ? portablePath(repo, place) : repo;
}
