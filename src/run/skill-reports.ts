import { shownSource } from "../manifest/document/source-kind.js";
import { sanitize, type EdenError } from "../errors.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import { isPinHeld, type RunEvent } from "./events.js";
import { bySkill, ms, only, type EventOf } from "./events-of-type.js";
import type { Diagnostic, SkillReport, TargetReport } from "./report.js";

/**
 * The skills of the report: those of the run in manifest order, then removed ones that the run
 * changed.
 */
export function skillReports(
  events: readonly RunEvent[],
  { skills, command, before }: { skills: readonly ManifestSkill[]; command: string; before: Lockfile },
): SkillReport[] {
  const synced = only(events, "skill-synced");
  const orders = new Map(synced.map((event, order) => [event.skill, order + 1]));
  const kept = bySkill(only(events, "pin-kept"));
  const moves = bySkill(only(events, "pin-moved"));
  const targets = bySkill(only(events, "target-ended"));
  const notices = bySkill(only(events, "notice"));
  const known = new Set(skills.map(({ id }) => id));
  const named = new Set([...targets.keys(), ...notices.keys()]);
  const gone = [...named].filter((id): id is string => id !== null && !known.has(id)).toSorted();
  return [...skills, ...gone].map((skill) => {
    const id = typeof skill === "string" ? skill : skill.id;
    const order = orders.get(id) ?? null;
    const sync = order === null ? undefined : synced[order - 1];
    const content = kept.get(id)?.at(-1)?.content ?? sync?.content;
    const mine = targets.get(id) ?? [];
    const noticed = notices.get(id) ?? [];
    const isHeld = noticed.some(isPinHeld);
    return {
      id,
      status: statusOf(typeof skill === "string" ? null : skill, { sync, targets: mine, isHeld }, command),
      source: typeof skill === "string" ? formerSource(before, skill) : shownSource(skill.source),
      commit: content?.commit ?? null,
      tree: content?.tree ?? null,
      integrity: content?.integrity ?? null,
      sync: {
        status: sync?.status ?? "skipped",
        started_ms: sync?.startedMs == null ? null : ms(sync.startedMs),
        ended_ms: sync === undefined ? null : ms(sync.at),
        attempts: sync?.attempts ?? 0,
        completion_order: order,
        ...(sync?.fromRemoteStore === true && { from_remote_store: true as const }),
      },
      targets: mine.map(targetReport),
      diagnostics: [
        ...(sync?.error == null ? [] : [errorDiagnostic(sync.error, "fetch")]),
        ...mine.flatMap(({ error }) => (error === null ? [] : [errorDiagnostic(error, "install")])),
        ...noticed.map(noticeDiagnostic),
      ],
      ...(moves.has(id) && { moved: moves.get(id)?.at(-1)?.move }),
    };
  });
}

interface SkillEvents {
  sync: EventOf<"skill-synced"> | undefined;
  targets: readonly EventOf<"target-ended">[];
  isHeld: boolean;
}

/** @param skill null for a skill that is not in the manifest. */
function statusOf(
  skill: ManifestSkill | null,
  { sync, targets, isHeld }: SkillEvents,
  command: string,
): SkillReport["status"] {
  if (sync?.status === "failed" || targets.some(({ status }) => status === "failed")) return "failed";
  // Cancelled work of an install with a conflict was cancelled because of the conflict.
  if (command === "install" && targets.some(({ status }) => status === "conflict")) return "conflict";
  if (sync?.status === "cancelled" || targets.some(({ status }) => status === "cancelled")) return "cancelled";
  if (isHeld || targets.some(({ status }) => status === "conflict")) return "conflict";
  if (skill === null) return targets.length > 0 ? "removed" : "unchanged";
  if (!skill.enabled || !skill.isHere)
    return targets.some(({ action }) => action === "remove") ? "removed" : "unchanged";
  if (skill.noExecMetadataOnly) return "metadata_only";
  if (command === "warm") return "unchanged";
  return targets.some(({ action }) => action === "create" || action === "update") ? "installed" : "unchanged";
}

function targetReport(event: EventOf<"target-ended">): TargetReport {
  const { agents, path, environment, action, status, reasons, startedMs, at } = event;
  return {
    agent: agents[0] ?? "custom",
    agents,
    path,
    ...(environment !== undefined && { environment }),
    action,
    status,
    reasons,
    started_ms: ms(startedMs),
    ended_ms: ms(at),
  };
}

function formerSource({ skills }: Lockfile, id: string): SkillReport["source"] {
  const entry = skills.find((one) => one.id === id);
  if (entry === undefined) return { repo: "", ref: null, subpath: "." };
  const { sourceRepo: repo, sourceRef: ref, sourceSubpath: subpath } = entry;
  return { repo: sanitize(repo), ref: ref === "" ? null : ref, subpath };
}

function errorDiagnostic({ code, message, facts }: EdenError, stage: string): Diagnostic {
  return { code, severity: "error", stage: facts.stage ?? stage, message: sanitize(message), hint: facts.hint ?? null };
}

/** A notice as the report has it. */
export function noticeDiagnostic({ code, severity, stage, message, hint }: EventOf<"notice">): Diagnostic {
  return { code, severity, stage, message: sanitize(message), hint };
}
