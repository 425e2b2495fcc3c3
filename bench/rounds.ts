/** The figures of one measured run. */
export interface Run {
  ms: number;
  /** User and system time of all its processes. */
  cpuMs?: number;
  /** Of all answers of the server. */
  bytes?: number;
  /** Requests for objects. */
  fetches?: number;
  /** Requests that were not answered from memory: the server then competes for the processor. */
  live?: number;
  /** User and system time of Node itself, without its children. */
  nodeCpuMs?: number;
  /** Resident memory of Node itself, at most. */
  peakMib?: number;
}

type Figure = keyof Run;

/** The runs of some contestants, by name, one of each per round. */
export class Rounds {
  constructor(private readonly runs: ReadonlyMap<string, readonly Run[]>) {}

  /** A figure of one contestant, a value per round. @throws Error when a run does not have it. */
  values(contestant: string, figure: Figure = "ms"): number[] {
    return (this.runs.get(contestant) ?? []).map((run) => {
      const value = run[figure];
      if (value === undefined) throw new Error(`no ${figure} of ${contestant}`);
      return value;
    });
  }

  /** A figure of one contestant divided by that of another, round by round: what disturbs the machine disturbs both. */
  ratios(contestant: string, against: string, figure: Figure = "ms"): number[] {
    const others = this.values(against, figure);
    return this.values(contestant, figure).map((value, round) => value / (others[round] ?? Number.NaN));
  }

  /** Prints the raw figures, a line for each contestant; what is the same in all rounds stands there once. */
  print(): void {
    for (const [contestant, runs] of this.runs) {
      const figures = (Object.keys(runs[0] ?? {}) as Figure[]).map((figure) => {
        const values = this.values(contestant, figure).map((value) => value.toFixed(0));
        return `${figure} ${new Set(values).size === 1 ? values[0] : values.join(" ")}`;
      });
      console.log(`  ${contestant}: ${figures.join("; ")}`);
    }
  }
}

/** Runs all contestants in turn, `count` times; every second round in reverse order, so that none always follows the same one. */
export async function interleave(count: number, contestants: Record<string, () => Promise<Run>>): Promise<Rounds> {
  const runs = new Map(Object.keys(contestants).map((name) => [name, [] as Run[]]));
  for (let round = 0; round < count; round++) {
    const all = Object.entries(contestants);
    for (const [name, run] of round % 2 === 0 ? all : all.toReversed()) runs.get(name)?.push(await run());
  }
  return new Rounds(runs);
}

/** The middle of the sorted values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Prints a row of the table: the median of the values, their spread, and the bar (`none` for a comparison). */
export function row(title: string, values: readonly number[], bar: string): void {
  const digits = Math.min(...values) >= 10 ? 0 : Math.min(...values) < 0.1 ? 4 : 2;
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map((n) =>
    n.toFixed(digits),
  );
  console.log(`${title}: ${middle} (${least}–${most}, ${values.length} rounds), bar ${bar}`);
}
