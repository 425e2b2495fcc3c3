/** A table to write: keys with values come first, in the given order; undefined is omitted. */
export interface TomlTable {
  readonly [key: string]: TomlScalar | TomlTable | TomlList | undefined;
}

/** An array; of tables alone it is written with headers. */
export type TomlList = readonly (TomlScalar | TomlTable)[];

export type TomlScalar = string | number | boolean;

/**
 * Formats a text, number or boolean as TOML. JSON's escapes are a subset of TOML's; control
 * sequences and invisible characters are escaped as well.
 */
export function tomlValue(value: TomlScalar): string {
  return JSON.stringify(value).replaceAll(UNSEEN, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16);
    return hex.length > 4 ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
  });
}

const UNSEEN = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/gu;

/**
 * The lines of a table's content without its own header; nested tables have headers.
 * @param at its keys from the root.
 */
export function tableLines(table: TomlTable, at: readonly string[]): string[] {
  const lines = pairs(table);
  for (const [key, value] of Object.entries(table)) {
    const name = [...at, key].map(tomlKey).join(".");
    if (isTables(value)) for (const one of value) lines.push(`[[${name}]]`, ...tableLines(one, [...at, key]));
    if (!isTable(value)) continue;
    // A table that contains only tables needs no header.
    if (pairs(value).length > 0) lines.push(`[${name}]`);
    lines.push(...tableLines(value, [...at, key]));
  }
  return lines;
}

/** The same as an inline table. */
export function inlineTable(table: TomlTable): string {
  const parts = Object.entries(table).flatMap(([key, value]) =>
    value === undefined ? [] : [`${tomlKey(key)} = ${inlineValue(value)}`],
  );
  return `{ ${parts.join(", ")} }`;
}

/** Any value on one line. */
export function inlineValue(value: TomlScalar | TomlTable | TomlList): string {
  if (isList(value)) return `[${value.map(inlineValue).join(", ")}]`;
  return typeof value === "object" ? inlineTable(value) : tomlValue(value);
}

/** The lines of all values without headers. */
function pairs(table: TomlTable): string[] {
  return Object.entries(table).flatMap(([key, value]) =>
    value === undefined || isTable(value) || isTables(value) ? [] : [`${tomlKey(key)} = ${inlineValue(value)}`],
  );
}

function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/u.test(key) ? key : tomlValue(key);
}

function isList(value: TomlTable[string]): value is TomlList {
  return Array.isArray(value);
}

function isTable(value: TomlTable[string]): value is TomlTable {
  return typeof value === "object" && !isList(value);
}

function isTables(value: TomlTable[string]): value is readonly TomlTable[] {
  return isList(value) && value.length > 0 && value.every((item) => typeof item === "object");
}
