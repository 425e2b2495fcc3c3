import type { AST } from "toml-eslint-parser";

/**
 * The location of one skill or collection in a manifest: tables that begin with `[[skills]]`, or an
 * inline table in `skills = [ … ]`.
 */
export type SkillEntry =
  | { kind: "tables"; tables: readonly [AST.TOMLTable, ...AST.TOMLTable[]] }
  | { kind: "inline"; table: AST.TOMLInlineTable };

/**
 * The skills of a document in order; the array that contains them if there is one; all comments of
 * the document.
 */
export interface SkillEntries {
  entries: SkillEntry[];
  array: AST.TOMLArray | null;
  comments: readonly AST.Comment[];
}

/** Finds the skills in a text. @throws ParseError of the parser for invalid TOML. */
export async function findSkillEntries(text: string): Promise<SkillEntries> {
  return await findEntries(text, "skills");
}

/** The same for skills or collections. */
export async function findEntries(text: string, name: "skills" | "collections"): Promise<SkillEntries> {
  const { parseTOML } = await import("toml-eslint-parser");
  const { body, comments } = parseTOML(text, { tomlVersion: "1.1" });
  const [root] = body;
  const entries: SkillEntry[] = [];
  let array: AST.TOMLArray | null = null;
  for (const node of root.body) {
    if (node.type === "TOMLKeyValue") {
      if (keysOf(node).join(".") !== name || node.value.type !== "TOMLArray") continue;
      array = node.value;
      for (const table of node.value.elements)
        if (table.type === "TOMLInlineTable") entries.push({ kind: "inline", table });
      continue;
    }
    const [first, index] = node.resolvedKey;
    if (first !== name || typeof index !== "number") continue;
    const entry = entries[index];
    if (entry === undefined) entries[index] = { kind: "tables", tables: [node] };
    else if (entry.kind === "tables") entries[index] = { kind: "tables", tables: [...entry.tables, node] };
  }
  return { entries, array, comments };
}

/** The keys of a pair: `a.b = 1` has two. */
export function keysOf(pair: AST.TOMLKeyValue): string[] {
  return pair.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value));
}

/** The keys of a table after `skills` and the position: `["source"]` for `[skills.source]`. */
export function suffixOf(table: AST.TOMLTable): (string | number)[] {
  return table.resolvedKey.slice(2);
}
