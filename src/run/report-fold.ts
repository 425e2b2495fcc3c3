import { sanitize, type EdenError } from "../errors.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { initialLimit } from "./concurrency.js";
import { isPinHeld, type RunEvent } from "./events.js";
import { exitCodeOf, outcomeOf } from "./exit-code.js";
import { foldMetrics } from "./metrics-fold.js";
import type { Diagnostic, Report, SkillReport, TargetReport } from "./report.js";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

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
      repositories: new Set(head.skills.map(repositoryKey)).size,
      sync: countSync(events),
      install: countInstall(events),
      ...(head.command === "warm" && { warm: countWarm(countSync(events)) }),
    },
    skills,
    diagnostics: only(events, "notice")
      .filter(({ skill }) => skill === null)
      .map(noticeDiagnostic),
    metrics: foldMetrics(events, head.peakRssMb),
  };
}

function skillReports(events: readonly RunEvent[], { skills, command, before }: ReportHead): SkillReport[] {
  const synced = only(events, "skill-synced");
  const kept = only(events, "pin-kept");
  const targets = only(events, "target-ended");
  const notices = only(events, "notice");
  const known = new Set(skills.map(({ id }) => id));
  const named = [...targets, ...notices].map((event) => event.skill);
  const gone = [...new Set(named)].filter((id): id is string => id !== null && !known.has(id)).toSorted();
  return [...skills, ...gone].map((skill) => {
    const id = typeof skill === "string" ? skill : skill.id;
    const order = synced.findIndex((event) => event.skill === id);
    const sync = synced[order];
    const content = kept.findLast((event) => event.skill === id)?.content ?? sync?.content;
    const mine = targets.filter((event) => event.skill === id);
    const told = notices.filter((event) => event.skill === id);
    const isHeld = told.some(isPinHeld);
    return {
      id,
      status: statusOf(typeof skill === "string" ? null : skill, sync, mine, isHeld, command),
      source: typeof skill === "string" ? formerSource(before, skill) : sourceOf(skill),
      commit: content?.commit ?? null,
      tree: content?.tree ?? null,
      integrity: content?.integrity ?? null,
      sync: {
        status: sync?.status ?? "skipped",
        started_ms: sync?.startedMs == null ? null : ms(sync.startedMs),
        ended_ms: sync === undefined ? null : ms(sync.at),
        attempts: sync?.attempts ?? 0,
        completion_order: sync === undefined ? null : order + 1,
      },
      targets: mine.map(targetReport),
      diagnostics: [
        ...(sync?.error == null ? [] : [errorDiagnostic(sync.error, "fetch")]),
        ...mine.flatMap(({ error }) => (error === null ? [] : [errorDiagnostic(error, "install")])),
        ...told.map(noticeDiagnostic),
      ],
    };
  });
}

function statusOf(
  skill: ManifestSkill | null,
  sync: EventOf<"skill-synced"> | undefined,
  targets: readonly EventOf<"target-ended">[],
  isHeld: boolean,
  command: string,
): SkillReport["status"] {
  if (sync?.status === "failed" || targets.some(({ status }) => status === "failed")) return "failed";
  // Cancelled work of an install with a conflict was cancelled because of the conflict.
  if (command === "install" && targets.some(({ status }) => status === "conflict")) return "conflict";
  if (sync?.status === "cancelled" || targets.some(({ status }) => status === "cancelled")) return "cancelled";
  if (isHeld || targets.some(({ status }) => status === "conflict")) return "conflict";
  if (skill === null) return targets.length > 0 ? "removed" : "unchanged";
  if (!skill.enabled) return targets.some(({ action }) => action === "remove") ? "removed" : "unchanged";
  if (skill.noExecMetadataOnly) return "metadata_only";
  if (command === "warm") return "unchanged";
  return targets.some(({ action }) => action === "create" || action === "update") ? "installed" : "unchanged";
}

function targetReport({ agents, path, action, status, reasons, startedMs, at }: EventOf<"target-ended">): TargetReport {
  return {
    agent: agents[0] ?? "custom",
    agents,
    path,
    action,
    status,
    reasons,
    started_ms: ms(startedMs),
    ended_ms: ms(at),
  };
}

function sourceOf({ source }: ManifestSkill): SkillReport["source"] {
  if (source.kind === "registry") return { repo: source.name, ref: source.version, subpath: "." };
  return { repo: sanitize(source.repo), ref: source.ref, subpath: source.subpath };
}

function formerSource({ skills }: Lockfile, id: string): SkillReport["source"] {
  const entry = skills.find((one) => one.id === id);
  if (entry === undefined) return { repo: "", ref: null, subpath: "." };
  const { sourceRepo: repo, sourceRef: ref, sourceSubpath: subpath } = entry;
  return { repo: sanitize(repo), ref: ref === "" ? null : ref, subpath };
}

function repositoryKey({ source }: ManifestSkill): string {
  return source.kind === "repository" ? source.key : source.kind === "directory" ? source.path : source.name;
}

function errorDiagnostic({ code, message, facts }: EdenError, stage: string): Diagnostic {
  return { code, severity: "error", stage: facts.stage ?? stage, message: sanitize(message), hint: facts.hint ?? null };
}

function noticeDiagnostic({ code, severity, stage, message, hint }: EventOf<"notice">): Diagnostic {
  return { code, severity, stage, message: sanitize(message), hint };
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
    else if (status === "done" || status === "conflict") counts[action]++;
  }
  return counts;
}

function countWarm({ cloned, updated, skipped, failed, cancelled }: Report["summary"]["sync"]) {
  return { hydrated: cloned + updated, skipped_existing: skipped, failed: failed + cancelled };
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

function only<T extends RunEvent["type"]>(events: readonly RunEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

function ms(value: number): number {
  return Math.max(0, Math.round(value));
}
