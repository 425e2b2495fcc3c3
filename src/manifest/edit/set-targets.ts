import type { TargetDocument } from "../document/manifest.js";
import { keyOfTarget } from "./default-targets.js";
import { setValue } from "./set-value.js";
import { targetLines, targetValue, type TargetDraft } from "./skill-draft.js";
import { keysOf, suffixOf, type SkillEntry } from "./skill-entries.js";
import { inlineValue } from "./toml-lines.js";
import type { TomlText } from "./toml-text.js";

/**
 * Sets the targets of a skill. Tables of targets that stay are not changed; an array of targets is
 * rewritten.
 * @param documents the current targets, in order.
 */
export function setTargets(
  text: TomlText,
  entry: SkillEntry,
  documents: readonly TargetDocument[],
  wanted: readonly TargetDraft[],
): void {
  const tables = entry.kind === "inline" ? [] : entry.tables.filter((table) => suffixOf(table)[0] === "targets");
  if (entry.kind === "inline" || tables.length === 0) {
    setValue(text, entry, ["targets"], inlineValue(wanted.map(targetValue)));
    return;
  }
  const known = documents.map(keyOfTarget);
  const keep = new Set(wanted.map(keyOfTarget));
  for (const [index, table] of tables.entries()) if (!keep.has(known[index] ?? "")) removeNode(text, table.range);
  const added = wanted.filter((target) => !known.includes(keyOfTarget(target)));
  const last = entry.tables.at(-1) ?? entry.tables[0];
  if (added.length > 0) text.insertLinesAfter(last.range[1] - 1, added.flatMap(targetLines));
}

/**
 * Removes the targets of a skill, so that it has the default ones.
 * @returns false for a layout that has no lines to remove.
 */
export function removeTargets(text: TomlText, entry: SkillEntry): boolean {
  if (entry.kind === "inline") return false;
  const pair = entry.tables[0].body.find((one) => keysOf(one)[0] === "targets");
  if (pair !== undefined) removeNode(text, pair.range);
  for (const table of entry.tables) if (suffixOf(table)[0] === "targets") removeNode(text, table.range);
  return true;
}

function removeNode(text: TomlText, [start, end]: readonly [number, number]): void {
  text.replace(text.lineStart(start), text.lineEnd(end - 1), "");
}
