/** Formats seconds for people: `7 s`, `1.5 min`, `2 h`. */
export function spanOf(seconds: number): string {
  const [size, unit] = seconds >= 3_600 ? [3_600, "h"] : seconds >= 60 ? [60, "min"] : [1, "s"];
  return `${Number((seconds / size).toFixed(1))} ${unit}`;
}
