import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { lastUpdate } from "../store/stored-index.js";
import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import { registriesInOrder, storedIndex } from "./registry-indexes.js";
import { openStore } from "../store/store.js";

/** Milliseconds after which an index is old: seven days. */
const STALE_MS = 7 * 24 * 3600 * 1000;

/** The state of a registry's index on this machine. */
export interface RegistryHealth {
  name: string;
  /** Milliseconds since the last update; null if there was none. */
  ageMs: number | null;
  isStale: boolean;
  /** Why there is no index to read, or null. */
  problem: EdenError | null;
}

/**
 * The state of the index of every registry, in the order in which they answer. Reads only local
 * files.
 */
export function registryHealth(manifest: Manifest, host: Host, clock: Clock): RegistryHealth[] {
  return registriesInOrder(manifest).flatMap((name) => {
    const source = manifest.registries[name]?.source;
    if (source === undefined) return [];
    const index = storedIndex(manifest, host.home, name);
    const asked = lastUpdate(openStore(manifest.storageRoot).indexPath(name, source));
    // A clock that was set back does not give a negative age.
    const ageMs = asked === null ? null : Math.max(0, clock.date().getTime() - asked.getTime());
    const problem = index === null ? neverFetched(name) : index instanceof EdenError ? index : null;
    return [{ name, ageMs, isStale: problem === null && (ageMs === null || ageMs > STALE_MS), problem }];
  });
}

function neverFetched(name: string): EdenError {
  return new EdenError("REGISTRY_UNREACHABLE", `the index of registry ${name} was never fetched`, {
    stage: "resolve",
    hint: "Run `eden-skills registry update`.",
  });
}
