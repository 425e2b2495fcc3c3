import { isDeepStrictEqual } from "node:util";
import { parseTOML, type AST } from "toml-eslint-parser";
import { TomlText } from "../edit/toml-text.js";
import type { Versions } from "./versions.js";

/** A merged list. */
export interface MergedList {
  value: unknown[];
  /** Its text, from the texts of both lists: ours with the changes of theirs. */
  written(ours: string, theirs: string): string;
}

/**
 * Merges lists as sets: each side's additions and removals are applied. Null if the values are not
 * lists, or if both sides replaced one element.
 */
export function mergeLists({ base, ours, theirs }: Versions<unknown>): MergedList | null {
  if (!Array.isArray(base) || !Array.isArray(ours) || !Array.isArray(theirs)) return null;
  const removedHere = without(base, ours);
  const removedThere = without(base, theirs);
  const [addedHere, addedThere] = [without(ours, base), without(without(theirs, base), ours)];
  const isReplaced = without(removedHere, removedThere).length < removedHere.length;
  if (isReplaced && addedHere.length > 0 && addedThere.length > 0) return null;
  const value = [...without(ours, removedThere), ...addedThere];
  return {
    value,
    written(ourText, theirText) {
      const added = elementsOf(theirText).filter((_, index) => has(addedThere, theirs[index]));
      const kept = elementsOf(ourText).map((element, index) => (has(removedThere, ours[index]) ? null : element));
      return splice(
        ourText,
        kept,
        added.map((element) => theirText.slice(...element)),
      );
    },
  };
}

function has(list: readonly unknown[], value: unknown): boolean {
  return list.some((one) => isDeepStrictEqual(one, value));
}

function without(list: readonly unknown[], others: readonly unknown[]): unknown[] {
  return list.filter((one) => !has(others, one));
}

type Range = readonly [number, number];

/** The ranges of the elements of an array. */
function elementsOf(text: string): Range[] {
  const [root] = parseTOML(`x = ${text}`, { tomlVersion: "1.1" }).body;
  const { elements } = (root.body[0] as AST.TOMLKeyValue).value as AST.TOMLArray;
  return elements.map(({ range: [from, to] }) => [from - 4, to - 4]);
}

/**
 * The text of an array without the elements that are null, and with others after the last one.
 * Comments of the remaining elements stay.
 */
function splice(text: string, kept: readonly (Range | null)[], added: readonly string[]): string {
  const last = kept.findLastIndex((range) => range !== null);
  const end = kept[last]?.[1];
  if (end === undefined) return `[${added.join(", ")}]`;
  const all = elementsOf(text);
  const edited = new TomlText(text);
  for (const [index, range] of all.slice(0, last).entries())
    if (kept[index] === null) edited.replace(range[0], all[index + 1]?.[0] ?? range[1], "");
  edited.replace(end, all.at(-1)?.[1] ?? end, added.map((one) => `, ${one}`).join(""));
  return edited.toString();
}
