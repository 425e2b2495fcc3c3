import type { Report } from "../../run/report.js";
import { appendToFile } from "../../system/append-file.js";
import { errorMessage } from "../../errors.js";
import type { Session } from "../session/session.js";
import type { DoctorReport } from "../../doctor/doctor.js";
import type { OutdatedReport } from "../../update/outdated.js";
import type { AuditReport } from "../../upkeep/audit.js";
import { weighsAtLeast, type Severity } from "../../skill/audit/finding.js";
import { plain } from "./report-problems.js";
import { annotationsOf, annotationsOfError, workflowCommands, type Annotation } from "./annotations.js";
import { manifestPlace } from "./manifest-place.js";
import { problemsMarkdown, reportMarkdown } from "./report-markdown.js";

type GitHubSession = Pick<Session, "host" | "err">;

/** Annotates the result of a run, and adds it to the job's summary. */
export async function showReportOnGitHub(report: Report, session: GitHubSession): Promise<void> {
  annotate(annotationsOf(report, await manifestPlace(report.manifest, session.host)), session);
  summarize(reportMarkdown(report), session);
}

/** Annotates an error that ended a command, and adds it to the job's summary. */
export function showErrorOnGitHub(error: unknown, command: string, session: GitHubSession): void {
  const annotations = annotationsOfError(error, session.host);
  annotate(annotations, session);
  const problems = annotations.flatMap(({ level, ...problem }) =>
    level === "notice" ? [] : [{ ...problem, severity: level }],
  );
  summarize(problemsMarkdown(`eden-skills ${command}: error`, problems), session);
}

/** Annotates what `doctor` found. */
export async function annotateFindings({ manifest, findings }: DoctorReport, session: GitHubSession): Promise<void> {
  const { file, lineOf } = await manifestPlace(manifest, session.host);
  const annotations = findings.map(({ code, severity, skill_id: id, message, remediation }) => ({
    level: severity,
    code,
    message: plain(id === null ? message : `${id}: ${message}`),
    hint: plain(remediation),
    file,
    line: id === null ? null : lineOf({ id, source: { repo: "" } }),
  }));
  annotate(annotations, session);
}

/** Annotates the denied findings of `audit` as errors; if none is denied, those of medium severity or more. */
export function annotateAudit({ findings }: AuditReport, deny: Severity | null, session: GitHubSession): void {
  const annotations = findings
    .filter(({ severity }) => weighsAtLeast(severity, deny ?? "medium"))
    .map(({ rule, skill_id, file, line, message }) => ({
      level: deny === null ? ("warning" as const) : ("error" as const),
      code: rule,
      message: plain(`${skill_id}/${file}${line === null ? "" : `:${line}`}: ${message}`),
      hint: null,
      file: null,
      line: null,
    }));
  annotate(annotations, session);
}

/** Annotates pins that are behind, and skills that could not be asked for. */
export function annotateOutdated({ skills }: OutdatedReport, session: GitHubSession): void {
  const annotations = skills
    .filter(({ status }) => status !== "current" && status !== "pinned")
    .map(({ id, status, message }) => ({
      level: status === "unreachable" ? ("warning" as const) : ("notice" as const),
      code: status,
      message: plain(`${id}: ${message ?? "update moves its pin"}`),
      hint: null,
      file: null,
      line: null,
    }));
  annotate(annotations, session);
}

/** Writes annotations to standard error, where a JSON document is not disturbed. */
function annotate(annotations: readonly Annotation[], { err }: Pick<Session, "err">): void {
  for (const command of workflowCommands(annotations)) err.raw(`${command}\n`);
}

/** A summary that cannot be written does not change the result. */
function summarize(markdown: string, { host, err }: GitHubSession): void {
  const path = host.env["GITHUB_STEP_SUMMARY"];
  if (path === undefined || path === "") return;
  try {
    appendToFile(path, markdown);
  } catch (error) {
    err.line(`warning: the job summary could not be written: ${errorMessage(error)}`);
  }
}
