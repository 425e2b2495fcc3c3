import { SKILL_REMOVED, TAG_MOVED } from "../run/events.js";
import type { NoticeText } from "../run/notice.js";
import type { RunContext } from "../run/run-context.js";
import type { RefMove, SyncResult } from "./sync-result.js";

/** How the sync of one skill ended. */
interface EndedSync {
  /** Its id. */
  skill: string;
  result: SyncResult;
  isCancelled: boolean;
  /** Milliseconds since the run began; null for a skill that needed no sync. */
  startedMs: number | null;
  attempts: number;
}

/** Reports how the sync of one skill ended; also used for skills that needed none. */
export function emitResult(context: RunContext, { skill, result, isCancelled, startedMs, attempts }: EndedSync): void {
  const event = { type: "skill-synced", at: context.clock.now(), skill, startedMs, attempts } as const;
  if ("error" in result) {
    const status = isCancelled ? "cancelled" : "failed";
    context.emit({ ...event, status, content: null, error: result.error });
    return;
  }
  const { status, version, skillProblem, moved, fromRemoteStore } = result.synced;
  context.emit({ ...event, status, content: version, ...(fromRemoteStore && { fromRemoteStore }), error: null });
  if (moved != null) context.notice({ skill, ...moveNotice(skill, moved) });
  if (skillProblem === null) return;
  const hint = "Tell its author; agents may not load it.";
  const text = { code: "SKILL_INVALID", stage: "materialise", message: skillProblem, hint };
  context.notice({ skill, severity: "warning", ...text });
}

function moveNotice(skill: string, { what, from, to, why = "" }: RefMove): NoticeText {
  const [before, now] = [from.slice(0, 12), to.slice(0, 12)];
  if (what === "unknown") {
    const message = `it could not be determined whether ${now} descends from ${before}`;
    return { code: "BRANCH_REWRITTEN", stage: "resolve", severity: "info", message, hint: null };
  }
  if (what === "rewritten") {
    const message = `${now} does not descend from ${before}: its branch was rewritten`;
    return { code: "BRANCH_REWRITTEN", stage: "resolve", severity: "warning", message, hint: null };
  }
  if (what === "denied") {
    const message = `its pin stays at ${before}: the policy denies ${now}: ${why}`;
    return { code: "POLICY_DENIED", stage: "policy", severity: "warning", message, hint: null };
  }
  if (what === "removed") {
    const message = `upstream removed it: ${now} no longer contains it; its pin stays at ${before}`;
    const hint = `\`eden-skills remove ${skill}\` removes it; \`ref = "${from}"\` in a [[skills]] entry pins it permanently.`;
    return { code: SKILL_REMOVED, stage: "resolve", severity: "warning", message, hint };
  }
  const message = `the tag was moved from ${before} to ${now}`;
  const about = { code: TAG_MOVED, stage: "resolve" };
  if (what === "tag-followed") return { ...about, severity: "info", message, hint: null };
  const hint = "`eden-skills update --dry-run` shows what it brings; --force follows it.";
  return { ...about, severity: "warning", message: `${message}; its pin stays`, hint };
}
