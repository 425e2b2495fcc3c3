import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import type { Host } from "../system/host.js";
import { kindOf, lstatIfExists, statIfExists } from "../system/read-files.js";
import { planRun } from "../deploy/plan-run.js";
import { checkRemoteTarget, EDITED, REPAIR, FOREIGN } from "./check-remote-target.js";
import { errorFinding, warningFinding, type Finding } from "./finding.js";

/**
 * Compares every target with its wanted content, including targets that the manifest no longer
 * wants.
 */
export async function checkTargets(manifest: Manifest, host: Host): Promise<Finding[]> {
  const items = await planned(manifest, host);
  return items.flatMap((item) => {
    const found = item.environment.kind === "local" ? checkTarget(item) : checkRemoteTarget(item, item.environment);
    return found === null ? [] : [found];
  });
}

/**
 * None if the state is unreadable: that is a separate finding, and without the state it is unknown
 * which targets are ours.
 */
async function planned(manifest: Manifest, host: Host): Promise<PlanItem[]> {
  try {
    return await planRun({ host }, { manifest, selected: manifest.skills, scope: "all", notices: [] });
  } catch (error) {
    if (error instanceof EdenError && error.code === "STATE_UNREADABLE") return [];
    throw error;
  }
}

function checkTarget(item: PlanItem): Finding | null {
  const { action, skillId: skill, targetPath: target, reasons, failure } = item;
  const subject = { skill, target };
  const why = reasons.join("; ");
  if (failure !== null)
    return errorFinding(failure.code, subject, failure.message, failure.facts.hint ?? "Check the path.");
  const stats = lstatIfExists(target);
  const kind = stats === null ? "nothing" : kindOf(stats);
  if (kind === "link" && statIfExists(target) === null && (action === "update" || action === "noop"))
    return errorFinding("BROKEN_SYMLINK", subject, "its link is broken", REPAIR);
  if (action === "noop") return null;
  if (action === "remove")
    return warningFinding("TARGET_MISMATCH", subject, `it is still there, but ${why}`, "Run `eden-skills apply`.");
  if (action === "create") return errorFinding("TARGET_MISSING", subject, "nothing is there", REPAIR);
  if (action === "update") return errorFinding("TARGET_MISMATCH", subject, why, REPAIR);
  if (item.isEdited) return errorFinding("TARGET_MODIFIED", subject, "the copy was edited", EDITED);
  return errorFinding(kind === "link" ? "TARGET_MISMATCH" : "TARGET_CONFLICT", subject, why, FOREIGN);
}
