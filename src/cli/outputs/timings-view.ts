import type { Report, RepositoryReport } from "../../run/report.js";
import { shortPath, type Standpoint } from "../terms/short-path.js";
import { oneLine } from "../views/one-line.js";
import { table } from "../views/table.js";

/** Rows of each table; the others are counted. */
const MOST_ROWS = 20;

/**
 * What the time of a run was spent on: its parts one after the other, which add up; then the
 * repositories and the targets, which were done at the same time, slowest first.
 * @param programStartedAt when the process began, in ms of the wall clock.
 */
export function timingLines(report: Report, programStartedAt: number, here: Standpoint): string[] {
  const { repositories = [], skills } = report;
  const targets = skills.flatMap(({ id, targets: own }) => own.map((target) => ({ id, ...target })));
  return [
    "",
    ...table(partRows(report, Math.max(0, Date.parse(report.started_at) - programStartedAt))),
    ...lockLine(report),
    ...tableOf(
      `repositories at the same time: ${total(repositories.map(elapsedOf))} together`,
      ["repository", "total", "queue", "fetch", "write", "attempts"],
      repositories.toSorted((a, b) => elapsedOf(b) - elapsedOf(a)).map(repositoryRow),
    ),
    ...tableOf(
      `targets: ${total(targets.map((one) => one.ended_ms - one.started_ms))} together`,
      ["target", "total", "action"],
      targets
        .toSorted((a, b) => b.ended_ms - b.started_ms - (a.ended_ms - a.started_ms))
        .map(({ path, action, started_ms, ended_ms }) => [
          oneLine(shortPath(path, here)),
          seconds(ended_ms - started_ms),
          action,
        ]),
    ),
  ];
}

/** The parts follow each other, so that they add up to the whole. */
function partRows({ phases: { sync, install }, elapsed_ms }: Report, before: number): string[][] {
  const syncStart = sync?.started_ms ?? install?.started_ms ?? elapsed_ms;
  const syncEnd = sync?.ended_ms ?? syncStart;
  const installStart = install?.started_ms ?? syncEnd;
  const installEnd = install?.ended_ms ?? installStart;
  const rows = [
    ["before the run", before, "start of the program, manifest, and the source of an install"],
    ["look", syncStart, "lockfile, state, registries, collections"],
    ["sync", syncEnd - syncStart, "all repositories: resolve, fetch, write into the store"],
    ["plan", installStart - syncEnd, "what to install"],
    ["install", installEnd - installStart, "links and copies"],
    ["record", elapsed_ms - installEnd, "state, lockfile, history"],
    ["whole", before + elapsed_ms, ""],
  ] as const;
  return rows.map(([name, ms, what]) => [name, seconds(ms), what]);
}

function lockLine({ metrics }: Report): string[] {
  const { lock_wait_ms: waited = 0 } = metrics;
  return waited > 0 ? [`waits for other processes, in these: ${seconds(waited)}`] : [];
}

/** Queue, fetch and write of a repository add up to its total. */
function repositoryRow(repository: RepositoryReport): string[] {
  const { name, attempts, materialise_ms, ended_ms } = repository;
  const running = attempts.reduce((sum, { started_ms, ended_ms: end }) => sum + end - started_ms, 0);
  const write = materialise_ms === null ? 0 : ended_ms - materialise_ms;
  const elapsed = elapsedOf(repository);
  return [
    oneLine(name),
    seconds(elapsed),
    seconds(elapsed - running),
    seconds(running - write),
    seconds(write),
    String(attempts.length),
  ];
}

function elapsedOf({ queued_ms, ended_ms }: RepositoryReport): number {
  return ended_ms - queued_ms;
}

function tableOf(title: string, heads: readonly string[], rows: readonly string[][]): string[] {
  if (rows.length === 0) return [];
  const more = rows.length - MOST_ROWS;
  const shown = table([[...heads], ...rows.slice(0, MOST_ROWS)]);
  return ["", title, ...shown, ...(more > 0 ? [`… and ${more} more, faster ones`] : [])];
}

function total(times: readonly number[]): string {
  return seconds(times.reduce((sum, ms) => sum + ms, 0));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)}s`;
}
