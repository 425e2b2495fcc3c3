import type { Findings } from "../format/findings.js";
import { ALL_GROUPS } from "../names/group-name.js";
import { didYouMean } from "../names/nearest-word.js";
import { quote } from "../format/findings.js";

/** The variable that replaces `[defaults] groups` on one machine. */
export const GROUPS_VARIABLE = "EDEN_SKILLS_GROUPS";

/** The groups that a machine has. */
export interface MachineGroups {
  /** True if it has one of these groups, or if there are none. */
  has(groups: readonly string[]): boolean;
}

/**
 * The groups of a machine: those of `EDEN_SKILLS_GROUPS` (comma-separated, empty for none), else
 * those of `[defaults]`. A group that no entry of the manifest names is a warning.
 * @param named the groups of the manifest's entries.
 */
export function machineGroups(
  env: Readonly<Record<string, string | undefined>>,
  defaults: readonly string[],
  named: ReadonlySet<string>,
  findings: Findings,
): MachineGroups {
  const variable = env[GROUPS_VARIABLE]
    ?.split(",")
    .map((group) => group.trim())
    .filter((group) => group !== "");
  const own = variable ?? defaults;
  for (const [index, group] of own.entries()) {
    if (group === ALL_GROUPS || named.has(group)) continue;
    const where = variable === undefined ? "" : `${GROUPS_VARIABLE}: `;
    const at = variable === undefined ? ["defaults", "groups", index] : [];
    findings.warning("UNKNOWN_GROUP", at, `${where}${unknownGroup(group, named)}`);
  }
  const isAll = own.includes(ALL_GROUPS);
  return { has: (groups) => isAll || groups.length === 0 || groups.some((group) => own.includes(group)) };
}

/** The message for a group that no entry names. */
export function unknownGroup(group: string, named: ReadonlySet<string>): string {
  return `no skill of the manifest is in group ${quote(group)}${didYouMean(group, [...named])}`;
}
