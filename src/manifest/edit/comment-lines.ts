import type { AST } from "toml-eslint-parser";

/** The comments, each as a line, in the order of the text; with ranges only those in one of them. */
export function commentLines(
  comments: readonly AST.Comment[],
  ranges?: readonly (readonly [number, number])[],
): string[] {
  const isIn = ({ range }: AST.Comment) => ranges?.some(([from, to]) => range[0] >= from && range[1] <= to) ?? true;
  return comments.filter(isIn).map(({ value }) => `#${value}`);
}
