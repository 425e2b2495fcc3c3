import { isDeepStrictEqual } from "node:util";
import type { AST } from "toml-eslint-parser";
import { commentLines } from "./comment-lines.js";
import { withoutDefaults } from "./default-targets.js";
import { cannotEdit, cutEntry, documentOf, elementRange, entryAt } from "./edit-skills.js";
import { setValue } from "./set-value.js";
import { findEntries, keysOf, type SkillEntries, type SkillEntry } from "./skill-entries.js";
import { inlineTable, tableLines, tomlValue, type TomlTable } from "./toml-lines.js";
import { TomlText } from "./toml-text.js";

/** The globs of a collection. */
export type GlobKey = "include" | "exclude";

/**
 * The text of a manifest with more collections, after all entries. Targets that equal the default
 * ones are left out.
 * @param comments lines above the first one.
 * @throws EdenError `INVALID_TOML`.
 */
export async function appendCollections(
  manifest: string,
  tables: readonly TomlTable[],
  comments: readonly string[] = [],
): Promise<string> {
  if (tables.length === 0) return manifest;
  const { array } = await findEntries(manifest, "collections");
  const text = new TomlText(manifest);
  const document = documentOf(manifest);
  const short = tables.map((table) => withoutDefaults(table, document));
  if (array === null) {
    const isApart = manifest.trim() === "" || /\n[ \t]*\r?\n$/u.test(manifest);
    const lines = short.flatMap((table, at) => [
      "",
      ...(at === 0 ? comments : []),
      "[[collections]]",
      ...tableLines(table, ["collections"]),
    ]);
    text.insertLinesAfter(Math.max(0, manifest.length - 1), isApart ? lines.slice(1) : lines);
  } else {
    const last = array.elements.at(-1);
    const above = comments.map((line) => `${line}${text.newline}  `).join("");
    const written = above + short.map(inlineTable).join(`,${text.newline}  `);
    if (last === undefined) text.insert(array.range[1] - 1, written);
    else text.insert(last.range[1], `,${text.newline}  ${written}`);
  }
  return checked(
    manifest,
    text.toString(),
    (before, after) =>
      isDeepStrictEqual(before, after.slice(0, before.length)) && after.length === before.length + tables.length,
  );
}

/** The text without the collection at this position. @throws EdenError `INVALID_TOML`. */
export async function removeCollection(manifest: string, index: number): Promise<string> {
  const text = new TomlText(manifest);
  cutEntry(text, await findEntries(manifest, "collections"), index);
  return checked(manifest, text.toString(), (before, after) =>
    isDeepStrictEqual(
      before.filter((_, at) => at !== index),
      after,
    ),
  );
}

/**
 * The text with globs added to a list of a collection, and others removed from it; comments in the
 * list stay. An empty list is removed.
 * @throws EdenError `INVALID_TOML`.
 */
export async function changeGlobs(
  manifest: string,
  index: number,
  key: GlobKey,
  { add = [], remove = [] }: { add?: readonly string[]; remove?: readonly string[] },
): Promise<string> {
  const found = await findEntries(manifest, "collections");
  const entry = entryAt(found.entries, index);
  const text = new TomlText(manifest);
  const list = listOf(entry, key);
  const written = list?.elements.map(textOfElement) ?? [];
  const gone = new Set(remove);
  if (!add.some((glob) => !written.includes(glob)) && !written.some((glob) => gone.has(glob))) return manifest;
  const added = add.filter((glob) => !written.includes(glob));
  const last = list?.elements.findLast((element) => !gone.has(textOfElement(element)));
  if (added.length === 0 && last === undefined) removeKey(text, found, index, key);
  else if (list === null || last === undefined) setValue(text, entry, [key], `[${added.map(tomlValue).join(", ")}]`);
  else {
    const { elements } = list;
    for (const [at, element] of elements.entries()) {
      if (!gone.has(textOfElement(element)) || element.range[0] > last.range[0]) continue;
      text.replace(element.range[0], elements[at + 1]?.range[0] ?? element.range[1], "");
    }
    const end = elements.at(-1)?.range[1] ?? last.range[1];
    text.replace(last.range[1], end, added.map((glob) => `, ${tomlValue(glob)}`).join(""));
  }
  return checked(manifest, text.toString(), (before, after) => {
    const others = (all: readonly unknown[]) => all.filter((_, at) => at !== index);
    return before.length === after.length && isDeepStrictEqual(others(before), others(after));
  });
}

/** The list of a collection; null if it has none. */
function listOf(entry: SkillEntry, key: GlobKey): AST.TOMLArray | null {
  const value = bodyOf(entry).find((pair) => keysOf(pair).join(".") === key)?.value;
  return value?.type === "TOMLArray" ? value : null;
}

/** Removes a key of a collection; the comments of its lines stay. */
function removeKey(text: TomlText, { entries, comments }: SkillEntries, index: number, key: GlobKey): void {
  const entry = entryAt(entries, index);
  const body = bodyOf(entry);
  const at = body.findIndex((pair) => keysOf(pair).join(".") === key);
  const [start, end] = body[at]?.range ?? [0, 0];
  const isInline = entry.kind === "inline";
  const range = isInline ? elementRange(body, at) : ([text.lineStart(start), text.lineEnd(end - 1)] as const);
  const kept = commentLines(comments, [range]).map((line) => `${line}${text.newline}${isInline ? "  " : ""}`);
  text.insert(isInline ? entry.table.range[0] : range[0], kept.join(""));
  text.replace(...range, "");
}

function bodyOf(entry: SkillEntry): AST.TOMLKeyValue[] {
  return entry.kind === "inline" ? entry.table.body : entry.tables[0].body;
}

function textOfElement(element: AST.TOMLContentNode): string {
  return element.type === "TOMLValue" ? String(element.value) : "";
}

/** The changed text, after a check that everything else has the same meaning. */
function checked(
  before: string,
  after: string,
  isExpected: (before: readonly unknown[], after: readonly unknown[]) => boolean,
): string {
  const { collections: old = [], ...rest } = documentOf(before);
  const { collections: now = [], ...newRest } = documentOf(after);
  const areLists = Array.isArray(old) && Array.isArray(now);
  if (!areLists || !isExpected(old, now) || !isDeepStrictEqual(rest, newRest)) throw cannotEdit();
  return after;
}
