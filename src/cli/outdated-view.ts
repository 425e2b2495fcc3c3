import type { OutdatedReport, OutdatedSkill } from "../apply/outdated.js";
import type { Palette } from "./colour.js";

/** One line for each skill that is not current, and a last one that counts. */
export function outdatedLines({ skills }: OutdatedReport, colours: Palette): string[] {
  const lines = skills
    .filter(({ status }) => status !== "current" && status !== "pinned")
    .map((one) => lineOf(one, colours));
  const count = (status: OutdatedSkill["status"]) => skills.filter((one) => one.status === status).length;
  const counts = (["current", "outdated", "pinned", "missing", "unreachable"] as const)
    .map((status) => `${status}=${count(status)}`)
    .join(" ");
  const next = count("outdated") > 0 ? ["`eden-skills update` moves the pins."] : [];
  return [...lines, `outdated: ${counts}`, ...next];
}

function lineOf(skill: OutdatedSkill, colours: Palette): string {
  const { id, ref, current, latest, status, message, current_version: from, latest_version: to } = skill;
  if (status !== "outdated") return `${colours.bad(status)} ${id}: ${message ?? ""}`;
  if (to !== null && from !== to) return `${colours.odd(status)} ${id} ${from ?? "not pinned"} → ${to}`;
  const of = ref === null ? "" : ` (${ref})`;
  return `${colours.odd(status)} ${id} ${current?.slice(0, 12) ?? "not pinned"} → ${latest?.slice(0, 12) ?? ""}${of}`;
}
