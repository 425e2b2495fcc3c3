import { auditSkill, type SkillAudit } from "../skill/audit/audit-skill.js";
import type { AuditedFile } from "../skill/audit/audited-file.js";
import { capabilityDelta } from "../skill/audit/capabilities.js";
import { compareFiles, riskDelta } from "../skill/audit/delta.js";
import type { SkillFile } from "../skill/skill-tree.js";
import type { SkillDiff } from "./skill-diff.js";

type Listed = Pick<SkillFile, "path" | "mode" | "oid">;

/** The content of a skill, and what is found in it. */
interface LookedAt {
  files: readonly Listed[];
  audit: SkillAudit;
}

/**
 * Audits the files of a skill, so that they can be compared.
 * @param contents the same files; each is read when its turn comes.
 */
export async function lookAtFiles(files: readonly Listed[], contents: Iterable<AuditedFile>): Promise<LookedAt> {
  return { files, audit: await auditSkill(contents) };
}

/** @param before null for a new skill: then everything is new. */
export function changesBetween(
  before: LookedAt | null,
  after: LookedAt,
): Pick<SkillDiff, "files" | "capabilities" | "risk"> {
  return {
    files: compareFiles(before?.files ?? [], after.files),
    capabilities: capabilityDelta(before?.audit.capabilities ?? [], after.audit.capabilities),
    risk: riskDelta(before?.audit ?? null, after.audit),
  };
}
