/**
 * JSON with comments and commas before a closing bracket, as JSON. Texts in quotes stay as they are.
 * It reads each character once: the file is hostile input.
 */
export function withoutComments(text: string): string {
  const kept: string[] = [];
  /** Where `kept` has the last comma, if only blanks and comments follow it. */
  let comma: number | null = null;
  for (let at = 0; at < text.length;) {
    const end = endOfPiece(text, at);
    const piece = text.slice(at, end);
    at = end;
    if (/^\/[/*]/u.test(piece)) continue;
    if (comma !== null && (piece === "}" || piece === "]")) kept[comma] = "";
    if (piece === ",") comma = kept.length;
    else if (piece.trim() !== "") comma = null;
    kept.push(piece);
  }
  return kept.join("");
}

/** A text in quotes, a comment, or one character. */
function endOfPiece(text: string, start: number): number {
  if (text[start] === '"') {
    for (let at = start + 1; at < text.length; at += text[at] === "\\" ? 2 : 1) if (text[at] === '"') return at + 1;
    return text.length;
  }
  const mark = text.slice(start, start + 2);
  if (mark !== "//" && mark !== "/*") return start + 1;
  const end = text.indexOf(mark === "//" ? "\n" : "*/", start + 2);
  if (end === -1) return text.length;
  return mark === "//" ? end : end + 2;
}
