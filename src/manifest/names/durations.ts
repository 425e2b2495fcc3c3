/** The longest delay of a Node timer: 2^31 - 1 milliseconds, a little under 25 days. */
export const LONGEST_DURATION_MS = 2_147_483_647;

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The grammar of a duration; also the pattern in the JSON Schema. */
export const DURATION = /^(0|(\d{1,10})(ms|s|m|h))$/;

/**
 * Parses a duration of manifest or flags into milliseconds: a whole number and `ms`, `s`, `m` or
 * `h`, or a bare `0`. null for anything else, and for a time that is too long for a timer.
 *
 * Not the `ms` package: it also reads "2 days", "-1.5h", "1y" and a bare "30", whose unit is
 * ambiguous.
 */
export function parseDuration(text: string): number | null {
  if (text === "0") return 0;
  const match = DURATION.exec(text);
  if (match === null) return null;
  const milliseconds = Number(match[2]) * (UNITS[match[3] ?? ""] ?? NaN);
  return milliseconds <= LONGEST_DURATION_MS ? milliseconds : null;
}
