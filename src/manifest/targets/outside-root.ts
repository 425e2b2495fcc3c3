import type { Findings } from "../format/findings.js";
import type { PlacedTarget } from "./skill-targets.js";
import { formatEnvironment } from "./target-environment.js";

/** Warns once for each container and host that targets name, in a run that is about an image alone. */
export function reportOutsideRoot(targets: readonly PlacedTarget[], findings: Findings): void {
  const seen = new Set<string>();
  for (const { environment, at } of targets) {
    const where = formatEnvironment(environment);
    if (environment.kind === "local" || seen.has(where)) continue;
    seen.add(where);
    findings.warning("TARGET_OUTSIDE_ROOT", at, `${where} is not in the root of the image: its targets are skipped`);
  }
}
