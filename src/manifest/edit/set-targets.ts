import type { TargetDocument } from "../document/skill-schema.js";
import { formatEnvironment } from "../targets/target-environment.js";
import { setValue } from "./set-value.js";
import { inlineTargets, targetLines, type TargetDraft } from "./skill-draft.js";
import { keysOf, suffixOf, type SkillEntry } from "./skill-entries.js";
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
  if (entry.kind === "inline" || entry.tables[0].body.some((pair) => keysOf(pair)[0] === "targets")) {
    setValue(text, entry, ["targets"], inlineTargets(wanted));
    return;
  }
  const tables = entry.tables.filter((table) => suffixOf(table)[0] === "targets");
  const known = documents.map(keyOfDocument);
  const keep = new Set(wanted.map(keyOfDraft));
  for (const [index, table] of tables.entries()) {
    if (!keep.has(known[index] ?? ""))
      text.replace(text.lineStart(table.range[0]), text.lineEnd(table.range[1] - 1), "");
  }
  const added = wanted.filter((target) => !known.includes(keyOfDraft(target)));
  const last = entry.tables.at(-1) ?? entry.tables[0];
  if (added.length > 0) text.insertLinesAfter(last.range[1] - 1, added.flatMap(targetLines));
}

function keyOfDocument({ agent, path, environment }: TargetDocument): string {
  return JSON.stringify([agent ?? "", path ?? "", formatEnvironment(environment)]);
}

function keyOfDraft({ agent, path, environment }: TargetDraft): string {
  return JSON.stringify([agent, path ?? "", formatEnvironment(environment)]);
}
