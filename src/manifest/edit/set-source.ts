import { parseShortSource, type ShortSource } from "../source/short-source.js";
import { sourceValue } from "./skill-draft.js";
import { keysOf, type SkillEntry } from "./skill-entries.js";
import { inlineValue } from "./toml-lines.js";
import type { TomlText } from "./toml-text.js";

/**
 * Changes a source in its short form, which becomes an inline table if it has no short form any
 * more.
 * @returns false for a source that is a table.
 */
export function setShortSource(text: TomlText, entry: SkillEntry, changes: Partial<ShortSource>): boolean {
  const body = entry.kind === "inline" ? entry.table.body : entry.tables[0].body;
  const value = body.find((one) => keysOf(one).join(".") === "source")?.value;
  if (value?.type !== "TOMLValue" || typeof value.value !== "string") return false;
  const source = sourceValue({ ...parseShortSource(value.value), ...changes });
  if (Object.keys(changes).length > 0) text.replace(...value.range, inlineValue(source));
  return true;
}
