import { isDeepStrictEqual } from "node:util";
import { manifestPieces, textOfPieces, type Piece } from "./manifest-pieces.js";
import { mergePieces, type MergedPieces } from "./merge-pieces.js";
import type { Versions } from "./versions.js";

/** A merged manifest. */
export interface MergedManifest {
  text: string;
  /** The number of entries and tables without a conflict. */
  count: number;
  /** What both sides changed differently: `skills web-design source.ref`. */
  conflicts: string[];
}

/**
 * Merges the texts of manifests entry by entry, and within an entry key by key. Comments stay.
 * @throws ParseError of the parser if one of them is not TOML.
 */
export function mergeManifests(texts: Versions<string>): MergedManifest {
  const newline = texts.ours.includes("\r\n") ? "\r\n" : "\n";
  const [base, ours, theirs] = [texts.base, texts.ours, texts.theirs].map((text) =>
    manifestPieces(withLastNewline(text.replace(/^\ufeff/u, "").replaceAll(/\r?\n/gu, newline), newline)),
  ) as [Piece[], Piece[], Piece[]];
  const mark = texts.ours.startsWith("\ufeff") ? "\ufeff" : "";
  const merged = checked(mergePieces({ base, ours, theirs }), { ours, theirs });
  const tables = merged.pieces.filter(({ items }) => items !== undefined);
  const text = textOfPieces(merged.pieces).replace(/^(?:[ \t]*\r?\n)+/u, "");
  return { text: `${mark}${text}`, count: tables.length, conflicts: merged.conflicts };
}

function withLastNewline(text: string, newline: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}${newline}`;
}

/**
 * A merge whose text does not have the merged meaning becomes one conflict: the sides wrote an
 * entry in forms that cannot be combined line by line.
 */
function checked(merged: MergedPieces, { ours, theirs }: { ours: readonly Piece[]; theirs: readonly Piece[] }) {
  if (merged.conflicts.length > 0 || hasMeaning(merged.pieces)) return merged;
  const [here, there] = [ours, theirs].map(textOfPieces);
  const text = `<<<<<<< ours\n${here}=======\n${there}>>>>>>> theirs\n`;
  const whole: Piece = { key: "", name: "", blank: "", comments: "", text, value: null };
  return { pieces: [whole], conflicts: ["the whole file"] };
}

function hasMeaning(pieces: readonly Piece[]): boolean {
  const meaning = (all: readonly Piece[]) => all.flatMap(({ name, value }) => (name === "" ? [] : [[name, value]]));
  try {
    return isDeepStrictEqual(meaning(manifestPieces(textOfPieces(pieces))), meaning(pieces));
  } catch {
    return false;
  }
}
