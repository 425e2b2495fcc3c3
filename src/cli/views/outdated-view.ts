import type { SkillDiff } from "../../update/skill-diff.js";
import type { OutdatedReport, OutdatedSkill } from "../../update/outdated.js";
import type { UpdatePreview } from "../../update/preview-update.js";
import type { Palette } from "../terms/colour.js";
import { DIFF_NOTE, diffLines } from "./diff-view.js";

/**
 * One line for each skill that is not current, with what an update would bring where that is known,
 * and a last one that counts.
 */
export function outdatedLines({ skills }: OutdatedReport, colours: Palette): string[] {
  const statuses = ["current", "outdated", "pinned", "missing", "unreachable"];
  const next = [
    ...(skills.some(isBehind) ? ["`eden-skills update` moves the pins."] : []),
    ...(skills.some(({ status, collection }) => status === "removed" && collection === undefined)
      ? ["`eden-skills remove ID` takes out what upstream removed."]
      : []),
  ];
  const note = skills.some(({ diff }) => diff != null) ? [DIFF_NOTE] : [];
  return [...movedLines(skills, colours), `outdated: ${countsOf(skills, statuses)}`, ...next, ...note];
}

/** The same for what an update would do. */
export function previewLines({ skills }: UpdatePreview, colours: Palette): string[] {
  const rows = skills.map((row) => ({
    ...row,
    current: row.from,
    latest: row.to,
    current_version: null,
    latest_version: null,
    diff: row,
  }));
  const statuses = ["current", "outdated", "pinned", "missing", "unreachable", "failed"];
  const note = skills.some(isBehind) ? [DIFF_NOTE] : [];
  return [...movedLines(rows, colours), `update --dry-run: ${countsOf(skills, statuses)}`, ...note];
}

type Row = Pick<
  OutdatedSkill,
  "id" | "ref" | "current" | "latest" | "message" | "diff" | "current_version" | "latest_version"
> & {
  status: SkillDiff["status"];
};

function movedLines(rows: readonly Row[], colours: Palette): string[] {
  return rows
    .filter(({ status }) => status !== "current" && status !== "pinned")
    .flatMap((row) => [
      lineOf(row, colours),
      ...(isBehind(row) && row.diff != null ? diffLines(row.diff, colours) : []),
    ]);
}

/** An update would bring something. */
function isBehind({ status }: Pick<Row, "status">): boolean {
  return status === "outdated" || status === "missing" || status === "added";
}

function lineOf(skill: Row, colours: Palette): string {
  const { id, ref, current, latest, status, message, current_version: from, latest_version: to } = skill;
  if (!isBehind(skill)) return `${colours.bad(status)} ${id}: ${message ?? ""}`;
  if (to !== null && from !== to) return `${colours.odd(status)} ${id} ${from ?? "not pinned"} → ${to}`;
  // A directory has no commits.
  if (latest === null) return `${colours.odd(status)} ${id}${message === null ? "" : `: ${message}`}`;
  const of = ref === null ? "" : ` (${ref})`;
  const why = message === null || status === "missing" || status === "added" ? "" : `: ${message}`;
  return `${colours.odd(status)} ${id} ${current?.slice(0, 12) ?? "not pinned"} → ${latest.slice(0, 12)}${of}${why}`;
}

function countsOf(rows: readonly { status: string }[], statuses: readonly string[]): string {
  const count = (status: string) => rows.filter((row) => row.status === status).length;
  const counted = [...statuses, ...["added", "removed"].filter((status) => count(status) > 0)];
  return counted.map((status) => `${status}=${count(status)}`).join(" ");
}
