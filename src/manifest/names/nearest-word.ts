/** Longer words are cut before the comparison, whose cost is the product of both lengths. */
const LONGEST = 64;

/**
 * The candidate that is most similar to `word`, or null if none is close: one that contains the
 * word or is contained in it, else the one with the smallest edit distance, at most a third of the
 * word's length (and at least 2; 1 for a word of up to four letters).
 */
export function nearestWord(word: string, candidates: Iterable<string>): string | null {
  const wanted = word.slice(0, LONGEST).toLowerCase();
  let nearest: string | null = null;
  let smallest = Infinity;
  for (const candidate of candidates) {
    const distance = score(wanted, candidate.toLowerCase());
    if (distance < smallest) {
      smallest = distance;
      nearest = candidate;
    }
  }
  return smallest <= (wanted.length < 5 ? 1 : Math.max(2, Math.floor(wanted.length / 3))) ? nearest : null;
}

/** ` — did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const nearest = nearestWord(word, candidates);
  return nearest === null ? "" : ` — did you mean "${nearest}"?`;
}

function score(wanted: string, candidate: string): number {
  const [shorter, longer] = wanted.length < candidate.length ? [wanted, candidate] : [candidate, wanted];
  const distance = editDistance(shorter, longer);
  if (shorter.length < 3 || !longer.includes(shorter)) return distance;
  // A part of a name ("claude", "gemini") takes precedence over misspellings, except of a single
  // letter; closer lengths are better.
  return Math.min(distance, 1 + (longer.length - shorter.length) / LONGEST);
}

/**
 * Levenshtein distance in which a swap of two neighbours counts once (optimal string alignment);
 * row by row.
 */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: a.length + 1 }, (_, index) => index);
  for (let j = 1; j <= b.length; j++) {
    const next = [j];
    for (let i = 1; i <= a.length; i++) {
      const substitution = (row[i - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwapped ? (before[i - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(substitution, swap, (row[i] ?? 0) + 1, (next[i - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[a.length] ?? 0;
}
