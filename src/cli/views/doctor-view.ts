import type { DoctorReport } from "../../doctor/doctor.js";
import type { SkillList } from "../../inspect/list-skills.js";
import { someOf } from "../terms/some-of.js";
import type { Palette } from "../terms/colour.js";
import { shortPath, type Standpoint } from "../terms/short-path.js";
import { oneLine } from "./one-line.js";
import { agentTable } from "./agent-table.js";
import { count } from "./count.js";

/** How the findings are shown. */
export interface DoctorStyle extends Standpoint {
  /** Columns of the terminal; undefined for none. */
  width: number | undefined;
  /** Only errors. */
  isQuiet: boolean;
  /** Also what needs no action. */
  isDetailed: boolean;
  colours: Palette;
}

/**
 * What agents see of the skills, then what needs action, then on request what is good to know, each
 * kind of finding once with its next step; a summary line.
 */
export function doctorLines(report: DoctorReport, { skills }: SkillList, style: DoctorStyle): string[] {
  const { findings, summary } = report;
  const { isQuiet, isDetailed, colours } = style;
  if (isQuiet)
    return kindsOf(findings.filter(({ severity }) => severity === "error")).flatMap((kind) => kindLines(kind, style));
  const [needed, known] = [findings.filter((one) => !isGoodToKnow(one)), findings.filter(isGoodToKnow)];
  const sum = `${count(summary.error, "error")}, ${count(summary.warning, "warning")}`;
  const hidden = known.length === 0 || isDetailed ? "" : `; ${known.length} of them good to know: --verbose shows them`;
  return [
    ...section("", agentTable(report, skills, style)),
    ...section(
      "Needs action:",
      kindsOf(needed).flatMap((kind) => kindLines(kind, style)),
    ),
    ...section("Good to know:", isDetailed ? kindsOf(known).flatMap((kind) => kindLines(kind, style)) : []),
    `doctor: ${summary.total === 0 ? colours.good("nothing found") : `${sum}${hidden}`}`,
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [...(title === "" ? [] : [title]), ...lines, ""];
}

type Finding = DoctorReport["findings"][number];

/** Facts about the content of skills, which a user can only accept. */
const GOOD_TO_KNOW = new Set([
  "LICENSE_UNKNOWN",
  "LICENSE_NON_PERMISSIVE",
  "RISK_REVIEW_REQUIRED",
  "NO_EXEC_METADATA_ONLY",
  "SKILL_IN_DEVELOPMENT",
]);

function isGoodToKnow({ severity, code }: Finding): boolean {
  return severity === "warning" && GOOD_TO_KNOW.has(code);
}

/** Findings with one code and one next step. */
function kindsOf(findings: readonly Finding[]): Finding[][] {
  const kinds = new Map<string, Finding[]>();
  for (const one of findings) {
    const key = JSON.stringify([one.severity, one.code, one.remediation]);
    kinds.set(key, [...(kinds.get(key) ?? []), one]);
  }
  return [...kinds.values()];
}

/** Places of one kind that are listed. */
const MOST_LISTED = 10;

function kindLines(kind: readonly Finding[], style: DoctorStyle): string[] {
  const [first] = kind;
  if (first === undefined) return [];
  const { severity, code, remediation } = first;
  const { bad, odd } = style.colours;
  const label = (severity === "error" ? bad : odd)(`${severity}[${code}]`);
  return [...whatLines(label, kind, style), `  hint: ${oneLine(remediation)}`];
}

/** One line, where all say the same of different skills; else a line for each. */
function whatLines(label: string, kind: readonly Finding[], here: Standpoint): string[] {
  const messages = new Set(kind.map(({ message }) => message));
  const [message = ""] = messages;
  const places = kind.map((one) => placeOf(one, here));
  const [place = ""] = places;
  if (kind.length === 1) return [`${label} ${place === "" ? "" : `${place}: `}${oneLine(message)}`];
  if (messages.size === 1 && kind.every(({ target_path: path }) => path === null)) {
    return [`${label} ${oneLine(message)}: ${someOf(places)}`];
  }
  const left = kind.length - MOST_LISTED;
  return [
    `${label} ${count(kind.length, "finding")}${messages.size === 1 ? `: ${oneLine(message)}` : ""}`,
    ...kind.slice(0, MOST_LISTED).map((one, index) => {
      const [where] = [places[index] ?? ""];
      return `    ${where}${messages.size === 1 ? "" : `${where === "" ? "" : ": "}${oneLine(one.message)}`}`;
    }),
    ...(left > 0 ? [`    and ${left} more; --json lists all`] : []),
  ];
}

function placeOf({ skill_id: id, target_path: path }: Finding, here: Standpoint): string {
  const parts = [id, path === null ? null : shortPath(path, here)];
  return parts
    .filter((part) => part !== null)
    .map(oneLine)
    .join(": ");
}
