import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { keyOf } from "../manifest/document/source-kind.js";
import { initialLimit } from "./concurrency.js";
import type { RunEvent } from "./events.js";
import { ms, only } from "./events-of-type.js";
import { exitCodeOf, outcomeOf } from "./exit-code.js";
import { foldMetrics } from "./metrics-fold.js";
import type { Report, SkillReport } from "./report.js";
import { foldRepositories } from "./repositories-fold.js";
import { noticeDiagnostic, skillReports } from "./skill-reports.js";

/** The inputs of the report besides the events. */
export interface ReportHead {
  command: string;
  manifest: Manifest;
  /** The skills of this run, in manifest order. */
  skills: readonly ManifestSkill[];
  /** The previous lockfile: the sources of skills that were removed from the manifest. */
  before: Lockfile;
  /** True if the caller aborted the run. */
  interrupted: boolean;
  /** Milliseconds. */
  elapsedMs: number;
  /** Mebibytes. */
  peakRssMb: number;
}

/** The report is a fold of the run's events: it contains what the views show, and nothing else. */
export function foldReport(events: readonly RunEvent[], head: ReportHead): Report {
  const skills = skillReports(events, head);
  const breach = only(events, "breached")[0] ?? null;
  const broken = only(events, "notice").some(({ severity }) => severity === "error");
  const outcome = outcomeOf(breach !== null, head.interrupted, broken, decisive(skills, head.command));
  const started = only(events, "run-started")[0];
  const adjustments = only(events, "limit-changed");
  // The limit of a host does not change the limit of the run.
  const moves = adjustments.filter(({ governor }) => governor !== "throttle");
  const limits = [started === undefined ? 0 : initialLimit(started.concurrency), ...moves.map(({ to }) => to)];
  // A clamp at the start: no task has run under the requested limit.
  const inForce = moves[0]?.at === 0 ? limits.slice(1) : limits;
  return {
    schema_version: 1,
    command: head.command,
    manifest: head.manifest.path,
    lockfile: head.manifest.lockfilePath,
    started_at: (started?.startedAt ?? new Date(0)).toISOString(),
    elapsed_ms: ms(head.elapsedMs),
    exit_code: exitCodeOf({ outcome }),
    outcome,
    breach: breach === null ? null : { ...breach.breach, at_ms: ms(breach.at) },
    concurrency: {
      requested: started?.concurrency.requested ?? 0,
      origin: started?.concurrency.origin ?? "default",
      minimum: started?.minimum ?? 1,
      peak: Math.max(...inForce),
      final: limits.at(-1) ?? 0,
      descriptor_limit: started?.descriptorLimit ?? null,
      adjustments: adjustments.map(({ at, from, to, governor, reason }) => ({
        at_ms: ms(at),
        from,
        to,
        governor,
        reason,
      })),
    },
    phases: { sync: phase(events, "sync"), install: phase(events, "install") },
    summary: {
      skills: head.manifest.skills.length,
      repositories: new Set(head.skills.map(({ source }) => keyOf(source))).size,
      sync: countSync(events),
      install: countInstall(events),
      ...countPush(events),
      ...(head.command === "warm" && { warm: countWarm(countSync(events)) }),
    },
    skills,
    repositories: foldRepositories(events),
    diagnostics: only(events, "notice")
      .filter(({ skill }) => skill === null)
      .map(noticeDiagnostic),
    metrics: foldMetrics(events, head.peakRssMb),
  };
}

function countSync(events: readonly RunEvent[]): Report["summary"]["sync"] {
  const counts = { cloned: 0, updated: 0, skipped: 0, failed: 0, cancelled: 0 };
  for (const { status } of only(events, "skill-synced")) counts[status]++;
  return counts;
}

function countInstall(events: readonly RunEvent[]): Report["summary"]["install"] {
  const counts = { create: 0, update: 0, noop: 0, conflict: 0, remove: 0, failed: 0 };
  for (const { action, status } of only(events, "target-ended")) {
    if (status === "failed") counts.failed++;
    else if (action !== "unknown" && (status === "done" || status === "conflict")) counts[action]++;
  }
  return counts;
}

function countWarm({ cloned, updated, skipped, failed, cancelled }: Report["summary"]["sync"]) {
  return { hydrated: cloned + updated, skipped_existing: skipped, failed: failed + cancelled };
}

function countPush(events: readonly RunEvent[]): Pick<Report["summary"], "push"> {
  const pushed = only(events, "skill-pushed");
  const push = { pushed: 0, present: 0, failed: 0 };
  for (const { status } of pushed) push[status]++;
  return pushed.length === 0 ? {} : { push };
}

/**
 * Warming is best effort: failures count only if nothing was synced. Work that an install cancelled
 * because of a conflict counts as the conflict.
 */
function decisive(skills: readonly SkillReport[], command: string): SkillReport["status"][] {
  const statuses = skills.map(({ status }) => status);
  const others = statuses.filter((status) => status !== "failed");
  if (command === "install" && statuses.includes("conflict"))
    return statuses.filter((status) => status !== "cancelled");
  return command === "warm" && others.length > 0 ? others : statuses;
}

function phase(events: readonly RunEvent[], name: "sync" | "install"): Report["phases"]["sync"] {
  const started = only(events, "phase-started").find((event) => event.phase === name);
  const ended = only(events, "phase-ended").find((event) => event.phase === name);
  return started === undefined ? null : { started_ms: ms(started.at), ended_ms: ms(ended?.at ?? started.at) };
}
