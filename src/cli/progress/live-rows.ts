import { progressText, type RepositoryProgress } from "./repository-progress.js";

/** With more repositories than this, all repositories of one host share a row. */
export const MOST_ROWS = 50;

/** One line of the live view: a repository, or the repositories of one host. */
export class LiveRow {
  #end: () => void = () => {};
  /** Resolves when its repositories have ended, or when the view is closed. */
  readonly ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });
  /** Called when the title may have changed. */
  onChange: () => void = () => {};

  constructor(
    private readonly host: string,
    private readonly repositories: readonly RepositoryProgress[],
  ) {}

  get title(): string {
    const [only] = this.repositories;
    if (only !== undefined && this.repositories.length === 1) return progressText(only);
    const done = this.#count("done");
    const others = (["downloading", "retrying", "failed", "cancelled"] as const)
      .map((state) => ({ state, count: this.#count(state) }))
      .filter(({ count }) => count > 0)
      .map(({ state, count }) => `, ${count} ${state}`);
    return `${this.host}: ${done} of ${this.repositories.length} downloaded${others.join("")}`;
  }

  /** One of its repositories failed or was cancelled. */
  get failed(): boolean {
    return this.#count("failed") + this.#count("cancelled") > 0;
  }

  /** Updates it from its repositories. */
  refresh(): void {
    this.onChange();
    if (this.repositories.every(({ state }) => ENDED.has(state))) this.#end();
  }

  giveUp(): void {
    this.#end();
  }

  #count(state: RepositoryProgress["state"]): number {
    return this.repositories.filter((one) => one.state === state).length;
  }
}

const ENDED = new Set<RepositoryProgress["state"]>(["done", "failed", "cancelled"]);

/** The rows for these repositories, and the row of each repository. */
export function liveRows(repositories: readonly RepositoryProgress[]): Map<RepositoryProgress, LiveRow> {
  if (repositories.length <= MOST_ROWS) {
    return new Map(repositories.map((one) => [one, new LiveRow(one.host, [one])]));
  }
  const members = new Map<string, RepositoryProgress[]>();
  for (const one of repositories) members.set(one.host, [...(members.get(one.host) ?? []), one]);
  const rows = [...members].flatMap(([host, some]) => {
    const row = new LiveRow(host === "" ? "this machine" : host, some);
    return some.map((one) => [one, row] as const);
  });
  return new Map(rows);
}
