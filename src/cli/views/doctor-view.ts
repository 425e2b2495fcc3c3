import type { DoctorReport } from "../../doctor/doctor.js";
import { oneLine } from "./one-line.js";
import type { Palette } from "../terms/colour.js";
import { count } from "./count.js";

/** Each finding with its next step, and a summary line. Quiet: only errors. */
export function doctorLines({ findings, summary }: DoctorReport, colours: Palette, quiet: boolean): string[] {
  const lines = findings
    .filter(({ severity }) => !quiet || severity === "error")
    .flatMap(({ severity, code, skill_id, target_path, message, remediation }) => {
      const label = (severity === "error" ? colours.bad : colours.odd)(`${severity}[${code}]`);
      const where = [skill_id, target_path].filter((text) => text !== null).map(oneLine);
      return [`${label} ${[...where, ""].join(": ")}${oneLine(message)}`, `  hint: ${oneLine(remediation)}`];
    });
  if (quiet) return lines;
  const sum = `${count(summary.error, "error")}, ${count(summary.warning, "warning")}`;
  return [...lines, `doctor: ${summary.total === 0 ? colours.good("nothing found") : sum}`];
}
