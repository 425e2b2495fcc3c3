import { isDeepStrictEqual } from "node:util";
import type { AST } from "toml-eslint-parser";
import { EdenError } from "../../errors.js";
import { readManifestDocument } from "../document/manifest-schema.js";
import type { TargetDocument } from "../document/manifest.js";
import { parseToml } from "../format/parse-toml.js";
import { areSameTargets, withoutDefaults } from "./default-targets.js";
import { setShortSource } from "./set-source.js";
import { removeTargets, setTargets } from "./set-targets.js";
import { setValue } from "./set-value.js";
import { draftOf, skillTable, type SkillDraft } from "./skill-draft.js";
import { findSkillEntries, type SkillEntries, type SkillEntry } from "./skill-entries.js";
import { inlineTable, tableLines, tomlValue, type TomlTable } from "./toml-lines.js";
import type { SkillChanges } from "./skill-changes.js";
import { TomlText } from "./toml-text.js";

const PLACES = {
  id: ["id"],
  repo: ["source", "repo"],
  ref: ["source", "ref"],
  subpath: ["source", "subpath"],
  version: ["version"],
  mode: ["install", "mode"],
  priority: ["priority"],
  enabled: ["enabled"],
} as const satisfies Record<Exclude<keyof SkillChanges, "targets" | "moreTargets">, readonly string[]>;

/**
 * The text of a manifest with one more skill, after all others.
 * @throws EdenError `INVALID_TOML`.
 */
export async function appendSkill(manifest: string, draft: SkillDraft): Promise<string> {
  return await appendSkills(manifest, [skillTable(draft)]);
}

/** The same with several, in their order. */
export async function appendSkills(manifest: string, skills: readonly TomlTable[]): Promise<string> {
  if (skills.length === 0) return manifest;
  const { array } = await findSkillEntries(manifest);
  const text = new TomlText(manifest);
  const document = documentOf(manifest);
  const tables = skills.map((skill) => withoutDefaults(skill, document));
  if (array === null) {
    const isApart = manifest.trim() === "" || /\n[ \t]*\r?\n$/u.test(manifest);
    const lines = tables.flatMap((skill) => ["", "[[skills]]", ...tableLines(skill, ["skills"])]);
    text.insertLinesAfter(Math.max(0, manifest.length - 1), isApart ? lines.slice(1) : lines);
  } else {
    const last = array.elements.at(-1);
    const written = tables.map(inlineTable).join(`,${text.newline}  `);
    // Before the closing bracket: an empty array may contain comments.
    if (last === undefined) text.insert(array.range[1] - 1, written);
    else text.insert(last.range[1], `,${text.newline}  ${written}`);
  }
  return checked(manifest, text, (index, count) => index >= count - skills.length, skills.length);
}

/** The text without the skill at this position. */
export async function removeSkill(manifest: string, index: number): Promise<string> {
  const found = await findSkillEntries(manifest);
  const text = new TomlText(manifest);
  cutEntry(text, found, index);
  return checked(manifest, text, (at) => at === index, -1);
}

/** Removes one entry from a text. */
export function cutEntry(text: TomlText, found: SkillEntries, index: number): void {
  const isInline = entryAt(found.entries, index).kind === "inline";
  for (const [start, end] of entryRanges(text, found, index))
    if (isInline) text.replace(start, end, "");
    else text.removeLines(start, end);
}

/** The text ranges of one entry: whole lines, or an element of an array with its comma. */
export function entryRanges(text: TomlText, { entries, array }: SkillEntries, index: number): [number, number][] {
  const entry = entryAt(entries, index);
  if (entry.kind === "inline") return [elementRange(array?.elements ?? [], index)];
  return blocksOf(entry, entries).map(([start, end]) => [text.lineStart(start), text.lineEnd(end - 1)]);
}

/** The range of an element of an array or inline table, with the comma after or before it. */
export function elementRange(elements: readonly { range: AST.Range }[], index: number): [number, number] {
  const [start, end] = elements[index]?.range ?? [0, 0];
  const next = elements[index + 1];
  return next === undefined ? [elements[index - 1]?.range[1] ?? start, end] : [start, next.range[0]];
}

/** The text with a skill changed. */
export async function changeSkill(manifest: string, index: number, changes: SkillChanges): Promise<string> {
  let text = new TomlText(manifest);
  const { repo, ref, subpath } = changes;
  const source = {
    ...(repo !== undefined && { repo }),
    ...(ref !== undefined && { ref }),
    ...(subpath !== undefined && { subpath }),
  };
  const isShort = setShortSource(text, entryAt((await findSkillEntries(manifest)).entries, index), source);
  text = new TomlText(text.toString());
  for (const [key, at] of Object.entries(PLACES) as [keyof typeof PLACES, readonly string[]][]) {
    const value = changes[key];
    if (value === undefined || (isShort && at[0] === "source")) continue;
    setValue(text, entryAt((await findSkillEntries(text.original)).entries, index), at, tomlValue(value));
    // Each change is located in the text after the previous change.
    text = new TomlText(text.toString());
  }
  const { targets, moreTargets } = changes;
  if (targets !== undefined || moreTargets !== undefined) {
    const entry = entryAt((await findSkillEntries(text.original)).entries, index);
    const { own, defaults } = targetsAt(text.original, index);
    const wanted = [...(targets ?? (own ?? defaults).map(draftOf)), ...(moreTargets ?? [])];
    const isDefault = areSameTargets(wanted, defaults) && removeTargets(text, entry);
    if (!isDefault) setTargets(text, entry, own ?? [], wanted);
  }
  return checked(manifest, text, (at) => at === index, 0);
}

function targetsAt(manifest: string, index: number): { own: TargetDocument[] | undefined; defaults: TargetDocument[] } {
  const { skills, defaults } = readManifestDocument(documentOf(manifest)).document;
  return { own: skills[index]?.targets, defaults: defaults.targets ?? [] };
}

/** The document of a text that is to be edited. @throws EdenError `INVALID_TOML`. */
export function documentOf(manifest: string): Record<string, unknown> {
  const toml = parseToml(manifest, Number.POSITIVE_INFINITY);
  if ("problem" in toml) throw cannotEdit();
  return toml.document;
}

/** @throws EdenError `INVALID_TOML` if there is no such entry. */
export function entryAt(entries: readonly SkillEntry[], index: number): SkillEntry {
  const entry = entries[index];
  if (entry === undefined) throw cannotEdit();
  return entry;
}

/**
 * The text ranges of one skill: from its first line to its last, in several pieces if other tables
 * are between its tables.
 */
function blocksOf(entry: SkillEntry & { kind: "tables" }, entries: readonly SkillEntry[]): [number, number][] {
  const others = entries.flatMap((one) => (one !== entry && one.kind === "tables" ? one.tables : []));
  const blocks: [number, number][] = [];
  for (const { range } of entry.tables) {
    const last = blocks.at(-1);
    const isTorn = last === undefined || others.some((other) => other.range[0] > last[1] && other.range[0] < range[0]);
    if (isTorn) blocks.push([...range]);
    else last[1] = range[1];
  }
  return blocks;
}

/**
 * The changed text, after a check that everything except the edited skills has the same meaning: an
 * unforeseen layout of a manifest is refused, not damaged.
 * @param isTouched gets the position of a skill and the number of skills.
 */
function checked(
  before: string,
  text: TomlText,
  isTouched: (index: number, count: number) => boolean,
  grown: number,
): string {
  const after = text.toString();
  const old = parseToml(before, Number.POSITIVE_INFINITY);
  const now = parseToml(after, Number.POSITIVE_INFINITY);
  if ("problem" in old || "problem" in now) throw cannotEdit();
  const { skills: oldSkills = [], ...oldRest } = old.document;
  const { skills: newSkills = [], ...newRest } = now.document;
  if (!Array.isArray(oldSkills) || !Array.isArray(newSkills)) throw cannotEdit();
  const others = (skills: readonly unknown[], isThere: boolean) =>
    skills.filter((_, index) => !isThere || !isTouched(index, skills.length));
  const isKept =
    newSkills.length === oldSkills.length + grown &&
    isDeepStrictEqual(others(newSkills, grown >= 0), others(oldSkills, grown <= 0)) &&
    isDeepStrictEqual(newRest, oldRest);
  if (!isKept) throw cannotEdit();
  return after;
}

/** A manifest with a layout that is not supported for editing. */
export function cannotEdit(): EdenError {
  return new EdenError("INVALID_TOML", "this manifest is written in a way that cannot be edited by a command", {
    hint: "Write each skill as a [[skills]] table, or edit the file by hand.",
  });
}
