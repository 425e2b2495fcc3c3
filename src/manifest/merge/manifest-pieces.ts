import { getStaticTOMLValue, parseTOML, type AST } from "toml-eslint-parser";
import { keysOf } from "../edit/skill-entries.js";

/**
 * A part of a manifest's text that is merged as a whole: an entry, a key, or a paragraph of
 * comments. Pieces with equal keys in two texts correspond to each other.
 */
export interface Piece {
  key: string;
  /** Its name in messages; "" for a paragraph of comments. */
  name: string;
  /** Blank lines, then comment lines that are directly above it. */
  blank: string;
  comments: string;
  /** Whole lines. */
  text: string;
  /** The meaning; null for a paragraph of comments. */
  value: unknown;
  /** The value inside of `text`, for a key. */
  range?: [number, number];
  /** The lines of a table: its headers and keys. */
  items?: Piece[];
}

/**
 * The pieces of a manifest in order: keys before the first table, then one for each entry of
 * `[[skills]]` and `[[collections]]` with its subtables, and for each other table.
 * @param text ends with a newline, or is empty.
 * @throws ParseError of the parser for invalid TOML.
 */
export function manifestPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let entry: { first: Line; items: Piece[] } | null = null;
  let end = 0;
  for (const line of linesOf(text)) {
    const { paragraphs, above } = gapPieces(text.slice(end, line.start));
    const piece = linePiece(text, line, above);
    end = line.end;
    if (entry !== null && line.entry === entry.first.entry) {
      entry.items.push(...paragraphs, piece);
      continue;
    }
    if (entry !== null) pieces.push(entryPiece(entry));
    entry = line.entry === null ? null : { first: line, items: [piece] };
    pieces.push(...paragraphs, ...(line.entry === null ? [piece] : []));
  }
  if (entry !== null) pieces.push(entryPiece(entry));
  const { paragraphs, above } = gapPieces(text.slice(end));
  return distinct([...pieces, ...paragraphs, ...(above.comments === "" ? [] : [paragraph(above)])]);
}

/** The text of pieces, with what is above them. */
export function textOfPieces(pieces: readonly Piece[]): string {
  return pieces.map(({ blank, comments, text }) => `${blank}${comments}${text}`).join("");
}

/** One header or key of the document. */
interface Line {
  node: AST.TOMLTable | AST.TOMLKeyValue;
  /** From the beginning of its first line to the end of its last one. */
  start: number;
  end: number;
  /** The entry or table that it belongs to; null before the first table. */
  entry: string | null;
  /** The keys from the entry. */
  path: string[];
}

function linesOf(text: string): Line[] {
  const [root] = parseTOML(text, { tomlVersion: "1.1" }).body;
  const line = (node: Line["node"], [from, to]: readonly [number, number], about: Pick<Line, "entry" | "path">) => {
    const newline = text.indexOf("\n", to - 1);
    const end = newline === -1 ? text.length : newline + 1;
    return { node, start: text.lastIndexOf("\n", from) + 1, end, ...about };
  };
  return root.body.flatMap((node): Line[] => {
    if (node.type === "TOMLKeyValue") return [line(node, node.range, { entry: null, path: keysOf(node) })];
    const steps = node.resolvedKey.map(String);
    const isEntry = typeof node.resolvedKey[1] === "number";
    const [entry, path] = isEntry ? [steps.slice(0, 2), steps.slice(2)] : [steps, []];
    const about = { entry: entry.join("."), path: withIdentity(path, node) };
    const header = line(node, [node.range[0], node.key.range[1]], about);
    return [
      header,
      ...node.body.map((pair) => line(pair, pair.range, { ...about, path: [...about.path, ...keysOf(pair)] })),
    ];
  });
}

/** A target is known by what it names, not by its position. */
function withIdentity(path: readonly string[], { kind, body }: AST.TOMLTable): string[] {
  if (kind !== "array" || path.length < 2) return [...path];
  const named = ["agent", "path", "environment"].map((key) => {
    const pair = body.find((one) => keysOf(one).join(".") === key);
    return pair === undefined ? "" : String(getStaticTOMLValue(pair.value));
  });
  return [...path.slice(0, -1), named.join(" ").trim()];
}

function linePiece(text: string, { node, start, end, path }: Line, above: Above): Piece {
  const name = path.join(".");
  const about = { ...above, name, text: text.slice(start, end) };
  if (node.type === "TOMLTable") return { ...about, key: `[${name}]`, value: null };
  const [from, to] = node.value.range;
  return { ...about, key: name, value: plain(getStaticTOMLValue(node.value)), range: [from - start, to - start] };
}

function entryPiece({ first, items }: { first: Line; items: readonly Piece[] }): Piece {
  const [header, ...others] = distinct(items);
  const { blank = "", comments = "" } = header ?? {};
  const own = [...(header === undefined ? [] : [{ ...header, blank: "", comments: "" }]), ...others];
  const value = valueOf(own);
  const name = entryName(first.entry ?? "", value);
  return { key: `[${name}]`, name, blank, comments, text: textOfPieces(own), value, items: own };
}

/** The values of the keys among the lines of a table. */
export function valueOf(items: readonly Piece[]): Record<string, unknown> {
  return Object.fromEntries(items.filter(({ range }) => range !== undefined).map(({ key, value }) => [key, value]));
}

/** A skill is known by its id, a collection by its source. */
function entryName(entry: string, value: Readonly<Record<string, unknown>>): string {
  const [, table = ""] = /^(skills|collections)\.\d+$/u.exec(entry) ?? [];
  if (table === "") return entry;
  const words =
    table === "skills"
      ? [value["id"] ?? value["name"]]
      : [value["repo"], value["ref"], value["subpath"], value["prefix"]];
  const known = words.filter((word) => word !== undefined);
  return known.length === 0 ? entry : `${table} ${known.join(" ")}`;
}

/** The lines above a piece that belong to it. */
type Above = Pick<Piece, "blank" | "comments">;

/**
 * Separates the text between two lines into paragraphs of comments and the lines that belong to the
 * second one.
 */
function gapPieces(gap: string): { paragraphs: Piece[]; above: Above } {
  const blocks = [...gap.matchAll(/(?<blank>(?:[ \t]*\r?\n)*)(?<comments>(?:[ \t]*#[^\n]*(?:\n|$))*)/gu)]
    .filter(([whole]) => whole !== "")
    .map(({ groups }): Above => ({ blank: groups?.["blank"] ?? "", comments: groups?.["comments"] ?? "" }));
  const last = blocks.at(-1) ?? { blank: "", comments: "" };
  return { paragraphs: blocks.slice(0, -1).map(paragraph), above: last };
}

function paragraph({ blank, comments }: Above): Piece {
  return { key: `# ${comments}`, name: "", blank, comments: "", text: comments, value: null };
}

/** Numbers pieces of one key. */
function distinct(pieces: readonly Piece[]): Piece[] {
  const seen = new Map<string, number>();
  return pieces.map((piece) => {
    const count = (seen.get(piece.key) ?? 0) + 1;
    seen.set(piece.key, count);
    return count === 1 ? piece : { ...piece, key: `${piece.key} ${count}` };
  });
}

/** Dates become null: they are never valid in a manifest. */
function plain(value: unknown): unknown {
  return value instanceof Date ? null : value;
}
