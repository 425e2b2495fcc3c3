import type { DoctorReport } from "../../doctor/doctor.js";
import type { ListedSkill } from "../../inspect/list-skills.js";
import type { Palette } from "../terms/colour.js";
import { count } from "./count.js";
import { fittedTable } from "./table.js";

/** Skills that are shown if all is well with them. */
const MOST_SHOWN = 40;

const MARKS = { seen: "✓", problem: "!", missing: "✗", other: "·" } as const;

type Mark = keyof typeof MARKS;

const MEANINGS: Readonly<Record<Mark, string>> = {
  seen: "the agent sees it",
  problem: "needs action, see below",
  missing: "wanted, but the agent does not see it",
  other: "not for this agent",
};

/** Which agent sees which skill of the manifest; of many skills only those that some agent misses. */
export function agentTable(
  { agents, findings }: DoctorReport,
  skills: readonly ListedSkill[],
  { width, colours }: { width: number | undefined; colours: Palette },
): string[] {
  const wanted = skills.filter((skill) => skill.wanted);
  if (wanted.length === 0 || agents.length === 0) return [];
  const errors = new Set(
    findings.flatMap(({ severity, target_path: path }) => (severity === "error" && path !== null ? [path] : [])),
  );
  const rows = wanted.map((skill) => ({ id: skill.id, marks: agents.map((agent) => markOf(skill, agent, errors)) }));
  const odd = rows.filter(({ marks }) => marks.some((mark) => mark === "problem" || mark === "missing"));
  const shown = rows.length > MOST_SHOWN ? odd : rows;
  const used = (Object.keys(MARKS) as Mark[]).filter((mark) => shown.some(({ marks }) => marks.includes(mark)));
  const left = rows.length - shown.length;
  const cells = shown.map(({ id, marks }) => [id, ...marks.map((mark) => MARKS[mark])]);
  return [
    ...(shown.length === 0
      ? []
      : fittedTable(["SKILL", ...agents.map(({ agent }) => agent)], cells, { width, colours })),
    ...(left === 0 ? [] : [`${count(left, "skill")}${shown.length === 0 ? "" : " more"}: all their agents see them`]),
    ...(used.length === 0 ? [] : [colours.faint(used.map((mark) => `${MARKS[mark]} ${MEANINGS[mark]}`).join("  "))]),
  ];
}

function markOf(
  { id, targets }: ListedSkill,
  { agent, directories }: DoctorReport["agents"][number],
  errors: ReadonlySet<string>,
): Mark {
  const own = targets.filter((target) => target.agent === agent).map(({ path }) => path);
  if (own.some((path) => errors.has(path))) return "problem";
  if (directories.some(({ skills }) => skills.includes(id))) return "seen";
  return own.length > 0 ? "missing" : "other";
}
