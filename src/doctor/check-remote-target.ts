import { describeEnvironment, type RemoteEnvironment } from "../manifest/targets/target-environment.js";
import type { PlanItem } from "../plan/plan.js";
import { errorFinding, warningFinding, type Finding } from "./finding.js";

/** The next step for a target that is missing or out of date. */
export const REPAIR = "Run `eden-skills repair`.";

/** The next step for an edited copy. */
export const EDITED =
  "Save your changes elsewhere, then run `eden-skills repair --force`, which moves it to the backups.";

/** The next step for an entry that is not ours. */
export const FOREIGN = "Move it away, or run `eden-skills repair --force`, which keeps it in the backups.";

/** The finding about a target in a container or on a host; null if it is as wanted. */
export function checkRemoteTarget(item: PlanItem, environment: RemoteEnvironment): Finding | null {
  const { action, skillId: skill, targetPath: target, reasons, failure, isEdited } = item;
  const subject = { skill, target };
  const where = describeEnvironment(environment);
  const why = `in ${where}: ${reasons.join("; ")}`;
  if (failure !== null)
    return errorFinding(failure.code, subject, failure.message, failure.facts.hint ?? "Check the connection.");
  if (action === "noop") return null;
  if (action === "remove")
    return warningFinding(
      "TARGET_MISMATCH",
      subject,
      `it is still in ${where}: ${reasons.join("; ")}`,
      "Run `eden-skills apply`.",
    );
  if (action === "create") return errorFinding("TARGET_MISSING", subject, `nothing is there in ${where}`, REPAIR);
  if (action === "update") return errorFinding("TARGET_MISMATCH", subject, why, REPAIR);
  if (isEdited) return errorFinding("TARGET_MODIFIED", subject, `the copy in ${where} was edited`, EDITED);
  return errorFinding("TARGET_CONFLICT", subject, why, FOREIGN);
}
