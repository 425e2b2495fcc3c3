import { sanitize } from "../../errors.js";
import type { DiffReport, SkillTextDiff } from "../../inspect/skill-diffs.js";
import type { TextChange } from "../../inspect/text-change.js";
import { formatBytes } from "../terms/bytes.js";
import type { Palette } from "../terms/colour.js";
import { shortPath, type Standpoint } from "../terms/short-path.js";
import { oneLine } from "./one-line.js";
import { count } from "./count.js";

/** The changes as a unified diff, with a line about each skill above them. */
export function textDiffLines({ skills, upstream }: DiffReport, here: Standpoint, colours: Palette): string[] {
  const others = skills.filter(({ status }) => status !== "same");
  const ids = new Set(skills.map(({ id }) => id));
  const same = ids.size - new Set(others.map(({ id }) => id)).size;
  return [
    ...others.flatMap((skill) => skillLines(skill, here, colours)),
    `${same} of ${count(ids.size, "skill")} ${upstream ? "as upstream" : "as pinned"}`,
  ];
}

function skillLines(skill: SkillTextDiff, here: Standpoint, colours: Palette): string[] {
  const { id, from, to, targets, message, files } = skill;
  const pin = from === null ? "no pin" : `pinned ${from.slice(0, 12)}`;
  const other = to === null ? targets.map((path) => shortPath(path, here)).join(", ") : to.slice(0, 12);
  const why = message === null ? "" : `: ${message}`;
  return [
    colours.strong(oneLine(`# ${id}: ${pin} → ${other === "" ? "?" : other}${why}`)),
    ...files.flatMap((file) => fileLines(id, file, colours)),
    "",
  ];
}

/** The changes of one file, as git writes them. */
export function fileLines(
  id: string,
  { path, change, mode, bytes, binary, diff }: TextChange,
  colours: Palette,
): string[] {
  const [old, now] = [`a/${id}/${path}`, `b/${id}/${path}`].map(oneLine);
  const from = change === "added" ? "/dev/null" : old;
  const to = change === "removed" ? "/dev/null" : now;
  const modes =
    change === "added"
      ? [`new file mode ${mode.after}`]
      : change === "removed"
        ? [`deleted file mode ${mode.before}`]
        : mode.before === mode.after
          ? []
          : [`old mode ${mode.before}`, `new mode ${mode.after}`];
  const size = `${formatBytes(bytes.before)} → ${formatBytes(bytes.after)}`;
  const body = binary
    ? [`Binary files ${from} and ${to} differ (${size})`]
    : diff === ""
      ? []
      : [
          `--- ${from}`,
          `+++ ${to}`,
          ...diff
            .replace(/\n$/u, "")
            .split("\n")
            .map((line) => toned(line, colours)),
        ];
  return [colours.strong(`diff --git ${old} ${now}`), ...modes, ...body];
}

/** A line of a hunk. */
function toned(line: string, colours: Palette): string {
  const text = sanitize(line);
  if (line.startsWith("+")) return colours.good(text);
  if (line.startsWith("-")) return colours.bad(text);
  return line.startsWith("@@") ? colours.faint(text) : text;
}
