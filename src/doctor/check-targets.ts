import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import { findProgram, type Host } from "../system/host.js";
import { kindOf, lstatIfExists, statIfExists } from "../system/read-files.js";
import { planRun } from "../deploy/plan-run.js";
import { errorFinding, warningFinding, type Finding } from "./finding.js";

/**
 * Compares every target with its wanted content, including targets that the manifest no longer
 * wants.
 */
export async function checkTargets(manifest: Manifest, host: Host): Promise<Finding[]> {
  const items = await planned(manifest, host);
  return items.flatMap((item) => {
    const found = item.environment.kind === "local" ? checkTarget(item) : checkElsewhere(item, host);
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

const REPAIR = "Run `eden-skills repair`.";

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
  if (item.isEdited) {
    const remedy = "Save your changes elsewhere, then run `eden-skills repair --force`, which moves it to the backups.";
    return errorFinding("TARGET_MODIFIED", subject, "the copy was edited", remedy);
  }
  const remedy = "Move it away, or run `eden-skills repair --force`, which keeps it in the backups.";
  return errorFinding(kind === "link" ? "TARGET_MISMATCH" : "TARGET_CONFLICT", subject, why, remedy);
}

/** This version cannot check targets in a container or on another host. */
function checkElsewhere({ skillId: skill, targetPath: target, environment }: PlanItem, host: Host): Finding {
  const subject = { skill, target };
  if (environment.kind === "docker" && findProgram("docker", host.env) === null)
    return errorFinding(
      "DOCKER_NOT_FOUND",
      subject,
      "docker is not on PATH",
      "Install docker, or choose a target on this machine.",
    );
  const where =
    environment.kind === "docker"
      ? `container ${environment.container}`
      : environment.kind === "ssh"
        ? `host ${environment.host}`
        : "";
  const message = `${where} cannot be reached: this version installs on this machine only`;
  return errorFinding("ADAPTER_HEALTH_FAIL", subject, message, "Choose a target on this machine.");
}
