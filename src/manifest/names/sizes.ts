const UNITS: Record<string, number> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** The grammar of a size; also the pattern in the JSON Schema. */
export const SIZE = /^(0|(\d{1,16})([KMGT]i?B|B))$/;

/**
 * Parses a size of manifest or flags into bytes: a whole number and `B`, `KB`, `MB`, `GB`, `TB`
 * (units of 1000) or `KiB`, `MiB`, `GiB`, `TiB` (units of 1024), or a bare `0`. null for anything
 * else, and for values that a number cannot represent exactly.
 */
export function parseSize(text: string): number | null {
  if (text === "0") return 0;
  const match = SIZE.exec(text);
  if (match === null) return null;
  const bytes = Number(match[2]) * (UNITS[match[3] ?? ""] ?? NaN);
  return Number.isSafeInteger(bytes) ? bytes : null;
}
