import { cpus } from "node:os";

/** The middle of the sorted values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Runs both sides in turn, `rounds` times, and gives the ratio of each round: what disturbs the machine disturbs both. */
export async function ratios(
  rounds: number,
  subject: () => Promise<number>,
  against: () => Promise<number>,
): Promise<{ subject: number[]; against: number[]; ratios: number[]; median: number }> {
  const [a, b, r]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    // The order changes from round to round, so that neither side always profits from a warm cache.
    const first = round % 2 === 0;
    const x = first ? await subject() : 0;
    const y = await against();
    const ours = first ? x : await subject();
    a.push(ours);
    b.push(y);
    r.push(ours / y);
  }
  return { subject: a, against: b, ratios: r, median: median(r) };
}

/** One line for the table: what, the ratio, the bar, and the raw medians in ms. */
export function line(name: string, result: Awaited<ReturnType<typeof ratios>>, bar: string): string {
  const raw = `${median(result.subject).toFixed(0)} ms against ${median(result.against).toFixed(0)} ms`;
  const spread = `${Math.min(...result.ratios).toFixed(2)}–${Math.max(...result.ratios).toFixed(2)}`;
  return `${name}: ratio ${result.median.toFixed(3)} (${spread}, ${result.ratios.length} rounds), bar ${bar}; ${raw}`;
}

/** The machine, for the head of a table. */
export function machine(): string {
  return `node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}`;
}
