import type { PolicyReport, PolicyVerdict } from "../../upkeep/check-policy.js";
import type { Palette } from "../terms/colour.js";
import { shortPath, type Standpoint } from "../terms/short-path.js";
import { count } from "./count.js";
import { oneLine } from "./one-line.js";

/** The result of `policy check`. @param all also skills and rules that deny nothing. */
export function policyLines(
  { files, skills, summary }: PolicyReport,
  here: Standpoint,
  { colours, all }: { colours: Palette; all: boolean },
): string[] {
  if (files.length === 0) return ["there is no policy: skills may come from anywhere"];
  const shown = skills.filter(({ status }) => all || status !== "allowed");
  const { denied, waived, undecided } = summary;
  const names = files.map(({ file }) => shortPath(file, here)).join(", ");
  return [
    ...shown.flatMap(({ id, status, rules }) => [
      `${colours.strong(oneLine(id))}: ${status}`,
      ...rules.filter((one) => all || one.status !== "allowed").map((one) => `  ${verdictLine(one, here)}`),
    ]),
    `${count(summary.skills, "skill")}: ${denied} denied, ${waived} waived, ${undecided} undecided; policy: ${names}`,
  ];
}

function verdictLine({ rule, status, file, line, message, waiver }: PolicyVerdict, here: Standpoint): string {
  const because = waiver === null ? "" : `; waived until ${waiver.expires}: ${waiver.reason}`;
  return oneLine(`${status} by ${rule} (${shortPath(file, here)}:${line}): ${message}${because}`);
}
