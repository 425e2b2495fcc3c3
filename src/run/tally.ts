import type { Report, SkillReport } from "./report.js";

/** The skills of a run by what is true of them at its end, each counted once. */
export interface Tally {
  /** Skills that this machine is to have, as far as the run concerns them. */
  wanted: number;
  /** Their repositories and directories. */
  sources: number;
  /** Those of `wanted` that are installed; the others are in one of the next four. */
  installed: number;
  failed: number;
  conflicts: number;
  cancelled: number;
  /** Only their metadata is wanted. */
  metadataOnly: number;
  /** Installed ones whose pin stays although their ref was moved. */
  held: number;
  /** Not wanted any more, and gone from this machine. */
  removed: number;
  /** Not wanted any more, but not gone. */
  left: number;
}

/** Counts the skills of a report. */
export function tallyOf({ command, skills, removed = [] }: Pick<Report, "command" | "skills" | "removed">): Tally {
  const wanted = skills.filter((skill) => isWanted(skill, command));
  const others = skills.filter((skill) => !wanted.includes(skill));
  const count = (state: string, among = wanted) => among.filter((skill) => stateOf(skill) === state).length;
  return {
    wanted: wanted.length,
    sources: new Set(wanted.map(({ source }) => source.repo)).size,
    installed: count("installed"),
    failed: count("failed"),
    conflicts: count("conflict"),
    cancelled: count("cancelled"),
    metadataOnly: count("metadata_only"),
    held: wanted.filter((skill) => skill.status === "conflict" && stateOf(skill) === "installed").length,
    removed: Math.max(count("removed", others), removed.length - count("failed", others)),
    left: count("failed", others) + count("cancelled", others),
  };
}

/** True for a skill that was not installed although it was to be, because the run ended early. */
export function isCancelled(skill: SkillReport): boolean {
  return stateOf(skill) === "cancelled";
}

/** A skill that is disabled, or of other groups, has no targets to look at. */
function isWanted({ status, targets }: SkillReport, command: string): boolean {
  if (command === "remove" || status === "removed") return false;
  if (targets.length > 0) return targets.some(({ action }) => action !== "remove");
  return status !== "unchanged" || command === "warm";
}

function stateOf({ status, targets }: SkillReport): "installed" | Exclude<SkillReport["status"], "unchanged"> {
  if (status === "unchanged") return "installed";
  const isThere = targets.length > 0 && targets.every(({ action }) => action === "noop");
  // What was installed before stays installed in a run that ended early.
  if (status === "cancelled" && isThere) return "installed";
  const isHeld = status === "conflict" && targets.every(({ action }) => action !== "conflict");
  return isHeld ? "installed" : status;
}
