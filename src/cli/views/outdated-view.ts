import { shortVersion, type SkillDiff } from "../../update/skill-diff.js";
import type { OutdatedReport } from "../../update/outdated.js";
import type { OutdatedSkill } from "../../update/outdated-skill.js";
import type { UpdatePreview } from "../../update/preview-update.js";
import type { Palette } from "../terms/colour.js";
import { someOf } from "../terms/some-of.js";
import { oneLine } from "./one-line.js";
import { blockLines, type Block } from "./block.js";
import { DIFF_NOTE, diffLines } from "./diff-view.js";
import { withoutRepository } from "./failure-blocks.js";

/**
 * One line for each skill that is not current, with what an update would bring where that is known,
 * the next step, and a last line that counts.
 */
export function outdatedLines({ skills, policy }: OutdatedReport, colours: Palette): string[] {
  const next = [
    ...(skills.some(isBehind) ? ["`eden-skills update` moves the pins."] : []),
    ...(skills.some(({ status, collection }) => status === "removed" && collection === undefined)
      ? ["`eden-skills remove ID` takes out what upstream removed."]
      : []),
  ];
  const note = skills.some(({ diff }) => diff != null) ? [DIFF_NOTE] : [];
  const team =
    policy === undefined || policy.status === "current"
      ? []
      : [teamLine(policy.source, policy.message ?? moveText(policy.current, policy.latest))];
  return [
    ...team,
    ...movedLines(skills, colours),
    ...unreachableLines(skills, colours),
    ...next,
    ...note,
    countsOf(skills),
  ];
}

/** One line about the team's policy file. */
function teamLine(source: string, what: string): string {
  return oneLine(`the team's policy ${source}: ${what}`);
}

function moveText(from: string | null, to: string | null): string {
  return `${from?.slice(0, 12) ?? "not pinned"} → ${to?.slice(0, 12) ?? "unknown"}; \`eden-skills update\` moves the pin`;
}

/** One block for each cause for which repositories could not be asked. */
function unreachableLines(skills: readonly OutdatedSkill[], colours: Palette): string[] {
  const groups = new Map<string, { block: Omit<Block, "names" | "why">; why: string; rows: OutdatedSkill[] }>();
  for (const row of skills) {
    const { message, failure } = row;
    if (failure === undefined) continue;
    const why = withoutRepository(message ?? "", failure.repo);
    const key = JSON.stringify([failure.code, why]);
    const group = groups.get(key);
    if (group !== undefined) group.rows.push(row);
    else {
      const { code, hint } = failure;
      groups.set(key, { block: { sign: "x", verb: "unreachable", code, hint }, why, rows: [row] });
    }
  }
  return [...groups.values()].flatMap(({ block, why, rows }) => {
    const repos = [...new Set(rows.map(({ failure }) => failure?.repo ?? ""))].filter((repo) => repo !== "");
    const [message = ""] = repos.length > 1 ? [] : rows.map((row) => row.message ?? "");
    const lines = repos.length > 1 ? [why, someOf(repos)] : [message];
    return blockLines({ ...block, names: rows.map(({ id }) => id), why: lines }, colours);
  });
}

/** The same for what an update would do. */
export function previewLines({ skills, policy }: UpdatePreview, colours: Palette): string[] {
  const team = policy === undefined ? [] : [teamLine(policy.source, moveText(policy.from, policy.to))];
  const rows = skills.map((row) => ({
    ...row,
    current: row.from,
    latest: row.to,
    current_version: null,
    latest_version: null,
    diff: row,
  }));
  const note = skills.some(isBehind) ? [DIFF_NOTE] : [];
  return [...team, ...movedLines(rows, colours), ...note, countsOf(skills)];
}

type Row = Pick<
  OutdatedSkill,
  "id" | "ref" | "current" | "latest" | "message" | "diff" | "failure" | "current_version" | "latest_version"
> & {
  status: SkillDiff["status"];
};

function movedLines(rows: readonly Row[], colours: Palette): string[] {
  return rows
    .filter(({ status, failure }) => status !== "current" && status !== "pinned" && failure === undefined)
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
  return `${colours.odd(status)} ${id} ${current === null ? "not pinned" : shortVersion(current, 7)} → ${shortVersion(latest, 7)}${of}${why}`;
}

/** `61 of 63 skills current, 1 outdated, 1 unreachable`. */
function countsOf(rows: readonly { status: SkillDiff["status"] }[]): string {
  const number = (...statuses: SkillDiff["status"][]) => rows.filter(({ status }) => statuses.includes(status)).length;
  const others = Object.entries(WORDS).map(
    ([status, words]) => [number(status as SkillDiff["status"]), words] as const,
  );
  const counted = others.filter(([some]) => some > 0).map(([some, words]) => `${some} ${words}`);
  return [`${number("current", "pinned")} of ${rows.length} skills current`, ...counted].join(", ");
}

const WORDS: Readonly<Record<Exclude<SkillDiff["status"], "current" | "pinned">, string>> = {
  outdated: "outdated",
  missing: "never pinned",
  added: "added upstream",
  removed: "removed upstream",
  unreachable: "unreachable",
  failed: "failed",
};
