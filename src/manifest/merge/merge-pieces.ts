import { isDeepStrictEqual } from "node:util";
import { manifestPieces, textOfPieces, valueOf, type Piece } from "./manifest-pieces.js";
import { mergeLists } from "./merge-lists.js";
import { mergeOrder } from "./merge-order.js";
import type { Versions } from "./versions.js";

/** A three-way merge of pieces. */
export interface MergedPieces {
  pieces: Piece[];
  /** The names of keys that both sides changed differently; empty for a complete merge. */
  conflicts: string[];
}

/**
 * Merges pieces key by key: a change of one side is applied, an identical change of both sides is
 * applied once. What both sides changed differently is written in both forms between git's conflict
 * markers.
 */
export function mergePieces({ base, ours, theirs }: Versions<readonly Piece[]>, around = ""): MergedPieces {
  const [before, here, there] = [base, ours, theirs].map(byKey) as [Pieces, Pieces, Pieces];
  const conflicts: string[] = [];
  const merged = new Map<string, Piece>();
  for (const key of new Set([...here.keys(), ...there.keys()])) {
    const found = mergePiece({ base: before.get(key), ours: here.get(key), theirs: there.get(key) }, around);
    if (found === null) continue;
    conflicts.push(...found.conflicts);
    merged.set(key, found.piece);
  }
  const keys = [base, ours, theirs].map((pieces) => pieces.map(({ key }) => key)) as [string[], string[], string[]];
  const order = mergeOrder({ base: keys[0], ours: keys[1], theirs: keys[2] }, new Set(merged.keys()));
  return { pieces: order.flatMap((key) => merged.get(key) ?? []), conflicts };
}

type Pieces = Map<string, Piece>;

function byKey(pieces: readonly Piece[]): Pieces {
  return new Map(pieces.map((piece) => [piece.key, piece]));
}

/** One merged piece; null if a side removed it and the other left it. */
function mergePiece(
  { base, ours, theirs }: Versions<Piece | undefined>,
  around: string,
): { piece: Piece; conflicts: string[] } | null {
  if (ours === undefined || theirs === undefined) {
    const left = ours ?? theirs;
    if (left === undefined) return null;
    if (base === undefined) return { piece: left, conflicts: [] };
    if (isDeepStrictEqual(base.value, left.value)) return null;
    return inConflict(ours, theirs, around);
  }
  const above = {
    blank: ours.blank === base?.blank ? theirs.blank : ours.blank,
    comments: mergeComments({ base: base?.comments ?? "", ours: ours.comments, theirs: theirs.comments }),
  };
  const whole = (piece: Piece) => ({ piece: { ...piece, ...above }, conflicts: [] });
  if (ours.text === theirs.text || theirs.text === base?.text) return whole(ours);
  if (ours.text === base?.text) return whole(theirs);
  if (ours.items !== undefined && theirs.items !== undefined) {
    const name = `${around}${ours.name} `;
    const inside = mergePieces({ base: base?.items ?? [], ours: ours.items, theirs: theirs.items }, name);
    const [text, value] = [textOfPieces(inside.pieces), valueOf(inside.pieces)];
    // The sides may have written the entry in forms that cannot be combined line by line.
    if (inside.conflicts.length === 0 && !hasMeaning(text, value))
      return inConflict({ ...ours, ...above }, theirs, around);
    return { piece: { ...ours, ...above, items: inside.pieces, text, value }, conflicts: inside.conflicts };
  }
  const text = mergeKey({ base, ours, theirs });
  return text === null ? inConflict({ ...ours, ...above }, theirs, around) : whole({ ...ours, ...text });
}

/** True if the text of an entry has these values. */
function hasMeaning(text: string, value: unknown): boolean {
  try {
    const [entry, ...more] = manifestPieces(text).filter(({ items }) => items !== undefined);
    return more.length === 0 && isDeepStrictEqual(entry?.value, value);
  } catch {
    return false;
  }
}

/** One key that differs in all three texts: its line with the merged value; null for a conflict. */
function mergeKey({ base, ours, theirs }: { base: Piece | undefined; ours: Piece; theirs: Piece }) {
  if (isDeepStrictEqual(ours.value, theirs.value) || isDeepStrictEqual(theirs.value, base?.value)) return ours;
  if (!ours.range || !theirs.range) return null;
  // Only the comments on our line have changed.
  const theirValue = theirs.text.slice(...theirs.range);
  if (base !== undefined && isDeepStrictEqual(ours.value, base.value)) return withValue(ours, theirValue, theirs.value);
  const list = mergeLists({ base: base?.value ?? [], ours: ours.value, theirs: theirs.value });
  return list === null ? null : withValue(ours, list.written(ours.text.slice(...ours.range), theirValue), list.value);
}

function withValue(piece: Piece, written: string, value: unknown): Piece {
  const [from, to] = piece.range ?? [0, 0];
  const text = `${piece.text.slice(0, from)}${written}${piece.text.slice(to)}`;
  return { ...piece, text, value, range: [from, from + written.length] };
}

/** Both forms between markers; nothing for a side that removed the piece. */
function inConflict(ours: Piece | undefined, theirs: Piece | undefined, around: string) {
  const { blank, comments, key, name, value } = (ours ?? theirs) as Piece;
  const text = `<<<<<<< ours\n${ours?.text ?? ""}=======\n${theirs?.text ?? ""}>>>>>>> theirs\n`;
  return { piece: { key, name, blank, comments, text, value }, conflicts: [`${around}${name}`] };
}

/** Lines that a side added are kept, lines that a side removed are left out. */
function mergeComments({ base, ours, theirs }: Versions<string>): string {
  if (ours === theirs || theirs === base) return ours;
  if (ours === base) return theirs;
  const [before, here, there] = [base, ours, theirs].map((text) => text.split(/(?<=\n)/u)) as [
    string[],
    string[],
    string[],
  ];
  const kept = here.filter((line) => there.includes(line) || !before.includes(line));
  return [...kept, ...there.filter((line) => !before.includes(line) && !here.includes(line))].join("");
}
