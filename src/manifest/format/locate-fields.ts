import type { AST } from "toml-eslint-parser";
import type { FieldPath } from "./findings.js";

/** Line and column of a field, both from 1. */
export interface Place {
  line: number;
  column: number;
}

/**
 * Our tables are not deeper; a hostile dotted key may be, and every prefix of it would be stored.
 */
const DEEPEST = 8;

/**
 * Finds fields in the text of a document: a key, a `[table]` header, an element of an array. A
 * missing field has the position of the nearest table around it, at last the beginning of the file;
 * null for a text that the parser cannot read.
 *
 * The parser with positions is loaded here, on the first problem; the one that reads every manifest
 * has no positions.
 */
export async function locateFields(text: string): Promise<(at: FieldPath) => Place | null> {
  const { parseTOML } = await import("toml-eslint-parser");
  const places = new Map<string, Place>();
  try {
    const [root] = parseTOML(text, { tomlVersion: "1.1" }).body;
    for (const node of root.body) {
      if (node.type === "TOMLKeyValue") visitPair(node, [], places);
      else visitTable(node, places);
    }
  } catch {
    // Positions are optional; the problems are known without them.
    return () => null;
  }
  return (at) => {
    for (let length = at.length; length > 0; length--) {
      const place = places.get(JSON.stringify(at.slice(0, length)));
      if (place !== undefined) return place;
    }
    return { line: 1, column: 1 };
  };
}

function visitTable(table: AST.TOMLTable, places: Map<string, Place>): void {
  remember(table.resolvedKey, table, places, true);
  for (const pair of table.body) visitPair(pair, table.resolvedKey, places);
}

function visitPair(pair: AST.TOMLKeyValue, parent: FieldPath, places: Map<string, Place>): void {
  const keys = pair.key.keys.slice(0, DEEPEST).map((key) => (key.type === "TOMLBare" ? key.name : key.value));
  const at = [...parent, ...keys];
  remember(at, pair, places, true);
  visitContent(pair.value, at, places);
}

function visitContent(node: AST.TOMLContentNode, at: FieldPath, places: Map<string, Place>): void {
  if (at.length > DEEPEST) return;
  if (node.type === "TOMLInlineTable") {
    for (const pair of node.body) visitPair(pair, at, places);
  } else if (node.type === "TOMLArray") {
    for (const [index, element] of node.elements.entries()) {
      remember([...at, index], element, places, true);
      visitContent(element, [...at, index], places);
    }
  }
}

/**
 * A field's own line takes precedence over the line of the first key that implies it (`[a.b]`
 * implies `a`).
 */
function remember(at: FieldPath, node: AST.TOMLNode, places: Map<string, Place>, explicit: boolean): void {
  if (at.length === 0 || at.length > DEEPEST) return;
  const key = JSON.stringify(at);
  if (explicit || !places.has(key)) {
    places.set(key, { line: node.loc.start.line, column: node.loc.start.column + 1 });
  }
  if (explicit)
    for (let length = at.length - 1; length > 0; length--) remember(at.slice(0, length), node, places, false);
}
