import { dirname } from "node:path";
import type { Report, RepositoryReport, SkillReport } from "../../run/report.js";

/** A span of time in milliseconds since the run began. */
export interface Span {
  from: number;
  to: number;
  kind: "queue" | "fetch" | "write" | "pause" | "lost" | "install";
}

/** One row of the timeline: a repository, or a directory of targets. */
export interface Lane {
  name: string;
  /** Ids. */
  skills: readonly string[];
  isFailed: boolean;
  spans: readonly Span[];
  /** Null if the report does not have it. */
  bytes: number | null;
  attempts: number;
}

/** The repositories of Phase A. A report of an earlier version has only the times of its skills. */
export function repositoryLanes({ repositories, skills }: Report): Lane[] {
  if (repositories === undefined) return lanesOfSkills(skills);
  return repositories.map((repository) => ({
    name: repository.name,
    skills: repository.skills,
    isFailed: repository.status === "failed",
    spans: spansOf(repository),
    bytes: repository.bytes_received,
    attempts: repository.attempts.length,
  }));
}

/** The wait before each attempt, then the attempt; only the last one can have written something. */
function spansOf({ queued_ms, materialise_ms, attempts, ended_ms }: RepositoryReport): Span[] {
  const spans: Span[] = [];
  let before = queued_ms;
  for (const [index, { started_ms, ended_ms: to, end }] of attempts.entries()) {
    const write = index === attempts.length - 1 ? (materialise_ms ?? to) : to;
    spans.push({ from: before, to: started_ms, kind: index === 0 ? "queue" : "pause" });
    spans.push({ from: started_ms, to: write, kind: end === "done" ? "fetch" : "lost" });
    spans.push({ from: write, to, kind: "write" });
    before = to;
  }
  spans.push({ from: before, to: ended_ms, kind: attempts.length === 0 ? "queue" : "pause" });
  return spans.filter(({ from, to }) => to > from);
}

function lanesOfSkills(skills: readonly SkillReport[]): Lane[] {
  const synced = skills.filter(({ sync }) => sync.started_ms !== null);
  return groups(synced, ({ source }) => source.repo).map(([name, members]) => {
    const from = Math.min(...members.map(({ sync }) => sync.started_ms ?? 0));
    const to = Math.max(...members.map(({ sync }) => sync.ended_ms ?? from));
    const isFailed = members.every(({ sync }) => sync.status === "failed");
    return {
      name,
      skills: members.map(({ id }) => id),
      isFailed,
      spans: [{ from, to, kind: isFailed ? ("lost" as const) : ("fetch" as const) }],
      bytes: null,
      attempts: Math.max(...members.map(({ sync }) => sync.attempts)),
    };
  });
}

/** The directories of Phase B: each has one writer, so that its targets do not overlap. */
export function directoryLanes({ skills }: Report): Lane[] {
  const targets = skills.flatMap(({ id, targets: own }) => own.map((target) => ({ id, ...target })));
  const worked = targets.filter(({ started_ms, ended_ms, status, action }) => {
    return ended_ms > started_ms || status === "failed" || (status === "done" && action !== "noop");
  });
  return groups(worked, ({ path }) => dirname(path)).map(([name, own]) => ({
    name,
    skills: own.map(({ id }) => id),
    isFailed: own.some(({ status }) => status === "failed"),
    spans: own.map(({ started_ms: from, ended_ms: to, status }): Span => {
      return { from, to, kind: status === "failed" ? "lost" : "install" };
    }),
    bytes: null,
    attempts: own.length,
  }));
}

function groups<T>(all: readonly T[], keyOf: (one: T) => string): [string, T[]][] {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const group = found.get(keyOf(one));
    if (group === undefined) found.set(keyOf(one), [one]);
    else group.push(one);
  }
  return [...found];
}

/** Milliseconds of one kind of spans, or of several. */
export function timeOf({ spans }: Lane, ...kinds: readonly Span["kind"][]): number {
  return spans.reduce((sum, { from, to, kind }) => (kinds.includes(kind) ? sum + to - from : sum), 0);
}

/** Milliseconds from its beginning to its end, without the first wait. */
export function elapsedOf(lane: Lane): number {
  return lane.spans.reduce((sum, { from, to, kind }) => (kind === "queue" ? sum : sum + to - from), 0);
}
