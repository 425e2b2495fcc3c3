import { parseTOML } from "toml-eslint-parser";
import { commentLines } from "../edit/comment-lines.js";
import { cannotEdit } from "../edit/edit-skills.js";
import { inlineTable, tableLines, tomlValue, type TomlTable } from "../edit/toml-lines.js";
import { manifestPieces, textOfPieces, type Piece } from "../merge/manifest-pieces.js";

/** The new form of the entries of a manifest. */
export interface CompactForm {
  /** Default targets to add; null for none. */
  defaultTargets: (string | TomlTable)[] | null;
  /** Collections, with the positions of the skills that they replace. */
  collections: { members: number[]; table: TomlTable }[];
  /** Tables of the other skills, with their positions; null for one that stays as it is. */
  skills: { index: number; table: TomlTable | null }[];
}

/**
 * Rewrites the entries of a manifest; everything else stays. Comments above and in an entry are
 * above the entry that replaces it.
 * @throws EdenError `INVALID_TOML` for skills that are not tables of their own.
 */
export function compactText(manifest: string, { defaultTargets, collections, skills }: CompactForm): string {
  const newline = manifest.includes("\r\n") ? "\r\n" : "\n";
  const ended = manifest === "" || manifest.endsWith("\n") ? manifest : `${manifest}${newline}`;
  const pieces = manifestPieces(ended);
  const entries = pieces.filter(({ name, items }) => items !== undefined && name.startsWith("skills "));
  const count = skills.length + collections.reduce((sum, { members }) => sum + members.length, 0);
  if (entries.length !== count) throw cannotEdit();
  const replaced = new Map<Piece, Piece[]>(entries.map((entry) => [entry, []]));
  const at = (index: number) => entries[index] as Piece;
  for (const { members, table } of collections) {
    const old = members.map(at);
    const text = ["[[collections]]", ...tableLines(table, ["collections"])];
    replaced.set(old[0] as Piece, [rewritten(old, text, newline)]);
  }
  for (const { index, table } of skills) {
    if (table === null) {
      replaced.set(at(index), [at(index)]);
      continue;
    }
    const lines = ["[[skills]]", ...tableLines(table, ["skills"])];
    const old = at(index);
    const isShorter = lines.length < old.text.trimEnd().split("\n").length;
    replaced.set(old, isShorter ? [rewritten([old], lines, newline)] : [old]);
  }
  const kept = closedUp(pieces.flatMap((piece) => replaced.get(piece) ?? [piece]));
  return textOfPieces(defaultTargets === null ? kept : withDefaults(kept, defaultTargets, newline)).replace(
    /^(?:[ \t]*\r?\n)+/u,
    "",
  );
}

/** Collections of two lines need no blank line between them. */
function closedUp(pieces: readonly Piece[]): Piece[] {
  const isCollection = (piece: Piece | undefined) => piece?.text.startsWith("[[collections]]") === true;
  return pieces.map((piece, at) =>
    isCollection(piece) && piece.comments === "" && isCollection(pieces[at - 1]) ? { ...piece, blank: "" } : piece,
  );
}

/** An entry that replaces others, with all their comments above it. */
function rewritten(old: readonly Piece[], lines: readonly string[], newline: string): Piece {
  const [first] = old as readonly [Piece, ...Piece[]];
  const comments = old.flatMap((piece) =>
    commentLines(parseTOML(`${piece.comments}${piece.text}`, { tomlVersion: "1.1" }).comments),
  );
  const [above, text] = [comments, lines].map((some) => some.map((line) => `${line}${newline}`).join(""));
  return { ...first, comments: above ?? "", text: text ?? "" };
}

/** Adds default targets to `[defaults]`, or as a new table before the first one. */
function withDefaults(pieces: readonly Piece[], targets: (string | TomlTable)[], newline: string): Piece[] {
  const list = targets.map((target) => (typeof target === "string" ? tomlValue(target) : inlineTable(target)));
  const line = `targets = [${list.join(", ")}]${newline}`;
  const known = pieces.findIndex(({ key }) => key === "[defaults]");
  if (known !== -1)
    return pieces.map((piece, at) => (at === known ? { ...piece, text: `${piece.text}${line}` } : piece));
  const first = pieces.findIndex(({ items }) => items !== undefined);
  const table = { key: "[defaults]", name: "defaults", blank: newline, comments: "", value: null };
  const added: Piece = { ...table, text: `[defaults]${newline}${line}` };
  const next = pieces[first];
  if (next === undefined) return [...pieces, added];
  const apart = next.blank === "" ? { ...next, blank: newline } : next;
  return [...pieces.slice(0, first), added, apart, ...pieces.slice(first + 1)];
}
