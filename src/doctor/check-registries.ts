import type { Manifest } from "../manifest/document/manifest.js";
import { systemClock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import { registryHealth } from "../registry/registry-health.js";
import { warningFinding, type Finding } from "./finding.js";

const DAY_MS = 24 * 3600 * 1000;

/** Checks that the index of every registry exists, is readable, and is not old. */
export function checkRegistries(manifest: Manifest, host: Host): Finding[] {
  return registryHealth(manifest, host, systemClock).flatMap(({ name, ageMs, isStale, problem }) => {
    const remedy = "Run `eden-skills registry update`.";
    if (problem !== null) return [warningFinding("REGISTRY_UNREACHABLE", {}, problem.message, remedy)];
    if (!isStale) return [];
    const age = ageMs === null ? "at an unknown time" : `${Math.floor(ageMs / DAY_MS)} days ago`;
    return [warningFinding("REGISTRY_STALE", {}, `the index of registry ${name} was last updated ${age}`, remedy)];
  });
}
