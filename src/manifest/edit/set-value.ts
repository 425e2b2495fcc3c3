import type { AST } from "toml-eslint-parser";
import { keysOf, suffixOf, type SkillEntry } from "./skill-entries.js";
import type { TomlText } from "./toml-text.js";

/**
 * Sets one value of a skill: in its current position, else beside the other keys of its table, else
 * in a new table.
 * @param at the keys within the skill: `["source", "ref"]`.
 * @param value as TOML.
 */
export function setValue(text: TomlText, entry: SkillEntry, at: readonly string[], value: string): void {
  if (entry.kind === "inline") {
    setInline(text, entry.table, at, value);
    return;
  }
  const tables = entry.tables.filter((table) => suffixOf(table)[0] !== "targets");
  for (const table of tables) {
    const suffix = suffixOf(table).map(String);
    if (suffix.some((key, index) => at[index] !== key)) continue;
    if (setInBody(text, table.body, at.slice(suffix.length), value)) return;
  }
  const home = tables.find((table) => isSame(suffixOf(table), at.slice(0, -1)));
  const pair = `${at.at(-1) ?? ""} = ${value}`;
  if (home !== undefined) {
    text.insertLinesAfter((home.body.at(-1) ?? home).range[1] - 1, [pair]);
    return;
  }
  const [first] = entry.tables;
  const dotted = first.body.findLast((one) => keysOf(one).length > 1 && keysOf(one)[0] === at[0]);
  if (dotted !== undefined) {
    text.insertLinesAfter(dotted.range[1] - 1, [`${at.join(".")} = ${value}`]);
    return;
  }
  const last = tables.at(-1) ?? first;
  text.insertLinesAfter(last.range[1] - 1, [`[skills.${at.slice(0, -1).join(".")}]`, pair]);
}

/** @returns false if the value is neither in this body nor in an inline table of it. */
function setInBody(text: TomlText, body: readonly AST.TOMLKeyValue[], at: readonly string[], value: string): boolean {
  for (const pair of body) {
    const keys = keysOf(pair);
    if (keys.some((key, index) => at[index] !== key)) continue;
    if (keys.length === at.length) {
      text.replace(...pair.value.range, value);
      return true;
    }
    if (pair.value.type !== "TOMLInlineTable") continue;
    setInline(text, pair.value, at.slice(keys.length), value);
    return true;
  }
  return false;
}

function setInline(text: TomlText, table: AST.TOMLInlineTable, at: readonly string[], value: string): void {
  if (setInBody(text, table.body, at, value)) return;
  const [only, ...deeper] = at;
  const dotted = table.body.some((pair) => keysOf(pair).length > 1 && keysOf(pair)[0] === only);
  const added =
    deeper.length === 0 || dotted ? `${at.join(".")} = ${value}` : `${only} = { ${deeper.join(".")} = ${value} }`;
  const last = table.body.at(-1);
  if (last === undefined) text.replace(...table.range, `{ ${added} }`);
  else text.insert(last.range[1], `, ${added}`);
}

function isSame(a: readonly (string | number)[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}
