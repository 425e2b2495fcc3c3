import type { DiscoveredSkill, LeftOut } from "../source/discovery.js";
import type { RunEvent } from "../run/events.js";
import { isWrong } from "./chosen-skills.js";
import { sourceNotice } from "../workspace/notices.js";

/** Maximum number of valid but skipped items that are named. */
const MOST = 20;

/**
 * The notices about a source before its skills are installed: warnings about the chosen skills, and
 * the skipped items.
 * @param left all skipped items; invalid ones are errors only if all skills were requested.
 */
export function sourceNotices(
  chosen: readonly DiscoveredSkill[],
  left: readonly LeftOut[],
  { source, isAll }: { source: string; isAll: boolean },
): RunEvent[] {
  const odd = chosen.flatMap(({ id, warnings }) => warnings.map((one) => sourceNotice(`${id}: ${one}`)));
  const wrong = left.filter(isWrong).map((one) => leftOut(one, isAll ? "error" : "warning"));
  const others = left.filter((one) => !isWrong(one));
  const named = others.slice(0, MOST).map((one) => leftOut(one, one.code === null ? "info" : "warning"));
  const more = others.length - named.length;
  const rest = `${more} more are left out; \`eden-skills install ${source} --list\` names them`;
  return [...odd, ...wrong, ...named, ...(more > 0 ? [{ ...sourceNotice(rest), severity: "info" as const }] : [])];
}

function leftOut({ path, reason, code }: LeftOut, severity: "error" | "warning" | "info"): RunEvent {
  return { ...sourceNotice(`${path} is left out: ${reason}`, code ?? "SKILL_LEFT_OUT"), severity };
}
