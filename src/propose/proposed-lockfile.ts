import { syncedVersions } from "../apply/decide.js";
import type { Synced } from "../apply/synced.js";
import { withCapabilities } from "../deploy/lock-capabilities.js";
import type { CapabilityDelta } from "../skill/audit/capabilities.js";
import type { AuditFinding } from "../skill/audit/finding.js";
import type { SkillVersion } from "../run/events.js";
import type { PreviewedSkill } from "../update/skill-diff.js";
import { nextLockfile } from "../workspace/pins.js";
import { lockfileText } from "../workspace/read-lockfile.js";

/** A pin that a proposal moves. */
export interface MovedPin {
  id: string;
  /** null for a new skill. */
  from: string | null;
  /** null for one that upstream removed from a collection. */
  to: string | null;
  /** What the skill can newly do, and no longer does. */
  capabilities: CapabilityDelta;
  /** Findings that the new content has and the old one had not. */
  findings: AuditFinding[];
}

/** The pins that an update moves to other content: neither held back, nor failed, nor kept. */
export function movedPins(rows: readonly PreviewedSkill[]): MovedPin[] {
  return rows
    .filter(({ status, held, to }) => {
      const isNew = status === "outdated" || status === "missing" || status === "added";
      return (isNew && held === null) || (status === "removed" && to === null);
    })
    .map(({ id, from, to, capabilities, risk }) => ({ id, from, to, capabilities, findings: risk.findings }));
}

/**
 * The lockfile with these pins moved, as an update writes it; all others stay.
 * @param sites the versions of skills of sites.
 */
export async function proposedLockfile(
  synced: Synced,
  pins: readonly MovedPin[],
  sites: ReadonlyMap<string, SkillVersion>,
): Promise<string> {
  const { machine, scope } = synced;
  const moved = new Set(pins.map(({ id }) => id));
  const versions = new Map([...syncedVersions(synced), ...sites].filter(([id]) => moved.has(id)));
  const { manifest, home, found } = machine;
  const next = nextLockfile(manifest, found.lockfile, versions, scope);
  return lockfileText(manifest, home, await withCapabilities(manifest, found.lockfile, next));
}
