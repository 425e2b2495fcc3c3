/** The first ten words, and the number of the others. */
export function someOf(words: readonly string[]): string {
  const shown = words.slice(0, 10).join(", ");
  return words.length <= 10 ? shown : `${shown} and ${words.length - 10} more`;
}
