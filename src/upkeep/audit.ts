import type { SkillVersion } from "../run/events.js";
import { EdenError, sanitize } from "../errors.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { lockedRegistrySkills } from "../registry/locked-skills.js";
import { capabilitiesHash, isComparable } from "../skill/audit/capabilities.js";
import { auditSkill, type SkillAudit } from "../skill/audit/audit-skill.js";
import type { AuditRule, Severity } from "../skill/audit/finding.js";
import { currentHost } from "../system/host.js";
import { statIfExists } from "../system/read-files.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { readLockfileFor } from "../workspace/read-lockfile.js";
import type { RunOptions } from "../run/options.js";
import { pinsOf } from "../workspace/pins.js";
import { contentsOf, readSnapshot, readStored } from "../workspace/read-snapshot.js";
import { isLinkedLive } from "../workspace/target-mode.js";
import { select } from "../workspace/select.js";
import { openStore } from "../store/store.js";

/** The document of `audit --json`. */
export interface AuditReport {
  schema_version: 1;
  command: "audit";
  summary: { skills: number; files: number; findings: number; severities: Record<Severity, number> };
  /** By skill in manifest order, then the most severe first, then by rule, file and line. */
  findings: ReportedFinding[];
  /** Skills whose content is missing, or differs from the lockfile. */
  not_audited: { skill_id: string; reason: string }[];
  /** Of an update: the findings that it takes away. */
  fixed?: ReportedFinding[];
  /** With a baseline: how many of its findings are left out. */
  baseline?: { known: number };
  /** A note about the limits of the audit. */
  note: string;
}

export interface ReportedFinding {
  rule: AuditRule;
  severity: Severity;
  skill_id: string;
  /** Path relative to the skill. */
  file: string;
  line: number | null;
  message: string;
}

const NOTHING = "no known-bad pattern found (this is not proof of safety)";
const TRIAGE = "findings are triage and no verdict: look at each place, and at what was not looked at";

/**
 * Audits the content of skills on this machine: pinned skills in the store, and directories that
 * are linked live. Uses no network and changes nothing.
 * @throws EdenError as `loadManifest`; `UNKNOWN_SKILL`. A skill that cannot be audited is in the
 *   report.
 */
export async function audit(options: RunOptions): Promise<AuditReport> {
  const host = options.host ?? currentHost();
  const { manifest: written } = await loadManifest(options);
  const { lockfile } = readLockfileFor(options, written, host.home);
  const manifest = await lockedRegistrySkills(written, lockfile, host.home);
  const ids = options.ids ?? [];
  const findings: ReportedFinding[] = [];
  const left: AuditReport["not_audited"] = [];
  let [skills, files] = [0, 0];
  for (const skill of select(manifest, { ids })) {
    if (!(skill.enabled && skill.isHere) && ids.length === 0) continue;
    const looked = await lookAt(manifest, lockfile, skill);
    if ("reason" in looked) {
      left.push({ skill_id: skill.id, reason: sanitize(looked.reason) });
      continue;
    }
    skills += 1;
    files += looked.audit.files;
    for (const { rule, severity, file, line, message } of looked.audit.findings)
      findings.push({ rule, severity, skill_id: skill.id, file, line, message });
  }
  return auditReport({ skills, files, findings, left });
}

/** What an audit has found, and what it has left out. */
interface AuditResult {
  skills: number;
  files: number;
  findings: ReportedFinding[];
  left: AuditReport["not_audited"];
}

/** The report with its sums and its note. */
export function auditReport({ skills, files, findings, left }: AuditResult): AuditReport {
  const severities: Record<Severity, number> = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
  for (const { severity } of findings) severities[severity] += 1;
  const summary = { skills, files, findings: findings.length, severities };
  const note = findings.length === 0 && left.length === 0 ? NOTHING : TRIAGE;
  return { schema_version: 1, command: "audit", summary, findings, not_audited: left, note };
}

async function lookAt(
  manifest: Manifest,
  lockfile: Lockfile,
  skill: ManifestSkill,
): Promise<{ audit: SkillAudit } | { reason: string }> {
  const place = placeOf(manifest, lockfile, skill);
  if ("reason" in place) return place;
  try {
    const looked = await auditDirectory(manifest, skill.id, place);
    const isFalse = "audit" in looked && place.pin !== null && isContradicted(lockfile, skill.id, looked.audit);
    return isFalse ? { reason: "the lockfile records other capabilities than its content has" } : looked;
  } catch (error) {
    if (error instanceof EdenError) return { reason: error.message };
    throw error;
  }
}

/** True if a lockfile hides or invents capabilities; hashes of other rules cannot be compared. */
function isContradicted({ skills }: Lockfile, id: string, { capabilities }: SkillAudit): boolean {
  const recorded = skills.find((entry) => entry.id === id)?.capabilities;
  if (recorded === undefined || !isComparable(recorded)) return false;
  return recorded !== capabilitiesHash(capabilities);
}

/** What is looked at. */
interface AuditedPlace {
  directory: string;
  /** What it must be; null for a directory of the user's own. */
  pin: Pick<SkillVersion, "tree" | "integrity"> | null;
}

/**
 * Audits what a directory holds now.
 * @throws EdenError when it cannot be read, or no skill may look like that.
 */
async function auditDirectory(
  manifest: Manifest,
  id: string,
  { directory, pin }: AuditedPlace,
): Promise<{ audit: SkillAudit } | { reason: string }> {
  const snapshot =
    pin === null ? readSnapshot(manifest.limits, directory, () => false) : readStored(manifest, pin.tree, id);
  if (pin !== null && snapshot.integrity !== pin.integrity)
    return { reason: `${directory} is not what the lockfile records` };
  return { audit: await auditSkill(contentsOf(directory, snapshot.files)) };
}

/** The location of a skill's content, or why it is missing. */
function placeOf(manifest: Manifest, lockfile: Lockfile, skill: ManifestSkill): AuditedPlace | { reason: string } {
  const { id, source } = skill;
  const locked = lockfile.skills.find((entry) => entry.id === id);
  const isCopied = source.kind === "directory" && !isLinkedLive(skill) && source.repo === locked?.sourceRepo;
  const pin = isCopied ? locked : pinsOf(manifest, lockfile).get(id);
  if (pin !== undefined && pin.tree !== "") {
    if (openStore(manifest.storageRoot).readyEntry(pin.tree, id) === null)
      return { reason: "its content is not in the store: `eden-skills warm` brings it" };
    return { directory: openStore(manifest.storageRoot).entryDirectory(pin.tree, id), pin };
  }
  if (source.kind !== "directory") return { reason: "the lockfile does not pin it: `eden-skills apply` does" };
  const directory = directoryOf(source);
  if (statIfExists(directory)?.isDirectory() !== true) return { reason: `there is no directory ${directory}` };
  return { directory, pin: null };
}
