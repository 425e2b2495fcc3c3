/** The first ten words, and how many more there are. */
export function someOf(words: readonly string[]): string {
  const shown = words.slice(0, 10).join(", ");
  return words.length <= 10 ? shown : `${shown} and ${words.length - 10} more`;
}
