import { posix, win32 } from "node:path";
import { formatFieldPath, quote, type Findings } from "../format/findings.js";
import type { PlacedTarget } from "./skill-targets.js";
import { foldPath } from "./target-danger.js";
import { formatEnvironment } from "./target-environment.js";

/**
 * Reports every target whose path equals, contains or is inside the path of an earlier one: the
 * second install would destroy the first. Paths are compared without regard to case and Unicode
 * form.
 */
export function reportConflicts(targets: readonly PlacedTarget[], findings: Findings): void {
  const seen = new Map<string, PlacedTarget>();
  /** Every directory above a known path, with one path below it. */
  const above = new Map<string, PlacedTarget>();
  for (const target of targets) {
    const place = keyOf(target);
    const parents = ancestors(place);
    const other = seen.get(place) ?? above.get(place) ?? parents.map((parent) => seen.get(parent)).find(Boolean);
    if (other !== undefined) {
      const how = seen.has(place)
        ? "is also the path of"
        : above.has(place)
          ? "holds the path of"
          : "lies inside the path of";
      findings.error(
        "CONFLICTING_TARGETS",
        target.at,
        `${quote(target.path)} ${how} ${formatFieldPath(other.at)}, ${quote(other.path)}`,
      );
    }
    if (!seen.has(place)) seen.set(place, target);
    for (const parent of parents) if (!above.has(parent)) above.set(parent, target);
  }
}

function keyOf(target: PlacedTarget): string {
  return `${formatEnvironment(target.environment)} ${foldPath(target.path)}`;
}

/** The directories above `<environment> <path>`, nearest first. */
function ancestors(place: string): string[] {
  const { dirname } = place.includes("\\") ? win32 : posix;
  const result: string[] = [];
  for (let parent = dirname(place); parent !== dirname(parent); parent = dirname(parent)) result.push(parent);
  return result;
}
