import type { FoundLockfile } from "./found-lockfile.js";
import { sanitize, type Problem } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { RunEvent } from "../run/events.js";

type Notice = Extract<RunEvent, { type: "notice" }>;

/** A notice about a source before a run, as its event. */
export function sourceNotice(message: string, code = "SKILL_INVALID"): Notice {
  return {
    type: "notice",
    at: 0,
    skill: null,
    severity: "warning",
    code,
    stage: "resolve",
    message,
    hint: null,
  };
}

/** The agents that read the directories chosen for them. */
export function targetsNotice(message: string): RunEvent {
  const about = { code: "TARGETS_CHOSEN", stage: "manifest", message, hint: null };
  return { type: "notice", at: 0, skill: null, severity: "info", ...about };
}

/** A selected skill that is not installed, since this machine has none of its groups. */
export function elsewhereNotice({ id, isHere, groups }: ManifestSkill): Notice[] {
  if (isHere) return [];
  const message = `it is not installed: this machine does not have group ${groups.join(" or ")}`;
  const about = { code: "NOT_IN_GROUPS", stage: "manifest", message, hint: null };
  return [{ type: "notice", at: 0, skill: id, severity: "info", ...about }];
}

/** A warning about manifest or lockfile, as an event of the run. */
export function manifestNotice(warning: Problem): RunEvent {
  return { type: "notice", at: 0, skill: null, ...manifestDiagnostic(warning) };
}

/** A warning about manifest or lockfile, in the form of documents. */
export function manifestDiagnostic({ code, path, message, line, column }: Problem) {
  const place = line === null ? "" : ` (${line}:${column ?? 1})`;
  const text = `${path === "" ? "" : `${path}: `}${message}${place}`;
  return { code, severity: "warning", stage: "manifest", message: sanitize(text), hint: null } as const;
}

/** The warning that a lockfile is unusable, if it is. It then counts as empty. */
export function lockfileWarning({ lockfilePath }: Manifest, { problem }: FoundLockfile): Problem[] {
  if (problem === null) return [];
  const message = `${lockfilePath} cannot be used and counts as empty: ${problem}`;
  return [{ code: "LOCK_OUT_OF_DATE", severity: "warning", path: "", message, line: null, column: null }];
}
