import { someOf } from "../terms/some-of.js";
import type { HistoryReport } from "../../history/history.js";
import { oneLine } from "./one-line.js";
import type { Palette } from "../terms/colour.js";

/** One line per state: number, time, command, changes. */
export function historyLines({ entries }: HistoryReport, colours: Palette): string[] {
  if (entries.length === 0) return ["no run has changed anything yet"];
  const width = Math.max(...entries.map(({ number }) => String(number).length));
  const longest = Math.max(...entries.map(({ command }) => command.length));
  return entries.map(({ number, at, command, current, skills }) => {
    const when = oneLine(at)
      .replace("T", " ")
      .replace(/\.\d+Z$/u, "Z");
    const head = `${String(number).padStart(width)}  ${when}  ${oneLine(command).padEnd(longest)}`;
    return `${current ? colours.strong(head) : head}  ${changes(skills)}${current ? " (current)" : ""}`;
  });
}

function changes(skills: HistoryReport["entries"][number]["skills"]): string {
  const groups = (["created", "updated", "removed"] as const).flatMap((change) => {
    const ids = skills.filter((one) => one.change === change).map(({ id }) => oneLine(id));
    return ids.length === 0 ? [] : [`${change} ${someOf(ids)}`];
  });
  return groups.length === 0 ? "no skill was changed" : groups.join("; ");
}
