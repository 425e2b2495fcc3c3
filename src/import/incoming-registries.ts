import type { Manifest, RegistrySettings } from "../manifest/document/manifest.js";
import type { NormalRegistry } from "../manifest/edit/normal-manifest.js";
import type { Candidate } from "./append-valid.js";
import type { SkippedEntry } from "./skipped-entry.js";

/** A registry of the manifest that is imported. */
export interface IncomingRegistry {
  name: string;
  table: NormalRegistry;
  settings: RegistrySettings;
}

/**
 * Registries that the manifest does not have yet, and those whose names it uses for another
 * registry.
 */
export interface SortedRegistries {
  fresh: IncomingRegistry[];
  clashing: IncomingRegistry[];
}

/**
 * Sorts the incoming registries by whether the manifest can take them. Registries that it already
 * has are in neither list.
 */
export function sortRegistries(manifest: Manifest, incoming: readonly IncomingRegistry[]): SortedRegistries {
  const known = (name: string) => manifest.registries[name];
  return {
    fresh: incoming.filter(({ name }) => known(name) === undefined),
    clashing: incoming.filter(({ name, settings }) => {
      const mine = known(name);
      return mine !== undefined && mine.source.key !== settings.source.key;
    }),
  };
}

/** The entry of a registry whose name the manifest uses for another one. */
export function clashingRegistry({ name }: IncomingRegistry): SkippedEntry {
  return {
    id: `registries.${name}`,
    reason: "the manifest has another registry with this name",
    code: "DUPLICATE_REGISTRY",
  };
}

/** The entry of a skill from a clashing registry; null for any other skill. */
export function skillOfClashing({ id, skill }: Candidate, clashing: readonly IncomingRegistry[]): SkippedEntry | null {
  const { registry } = skill;
  if (typeof registry !== "string" || !clashing.some(({ name }) => name === registry)) return null;
  return { id, reason: `registry ${registry} is another one in this manifest`, code: "DUPLICATE_REGISTRY" };
}
