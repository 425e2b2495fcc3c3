import truncatedWidth from "fast-string-truncated-width";

/** Columns that a text takes on a terminal; wide characters and emoji take two. */
export function widthOf(text: string): number {
  return truncatedWidth(text).width;
}

/** A text without colours in at most so many columns, cut with an ellipsis. */
export function fit(text: string, width: number): string {
  if (width <= 0) return "";
  const { index, truncated, ellipsed } = truncatedWidth(text, { limit: width, ellipsis: "…", ellipsisWidth: 1 });
  if (!truncated) return text;
  return ellipsed ? `${text.slice(0, index)}…` : text.slice(0, index);
}

/** The same, filled with blanks. */
export function fill(text: string, width: number): string {
  const cut = fit(text, width);
  return cut + " ".repeat(Math.max(0, width - widthOf(cut)));
}

/** Parts of a line, and how little they matter: the highest is left out first. */
export interface Part {
  text: string;
  rank: number;
}

/** As many parts as fit, in their order, with a dot between them. */
export function joinFitting(parts: readonly Part[], width: number): string {
  const join = (some: readonly Part[]) => some.map(({ text }) => text).join(" · ");
  let kept = parts.filter(({ text }) => text !== "");
  while (kept.length > 1 && widthOf(join(kept)) > width) {
    const least = Math.max(...kept.map(({ rank }) => rank));
    kept = kept.filter(({ rank }) => rank !== least);
  }
  return fit(join(kept), width);
}
