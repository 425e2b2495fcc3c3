import type { Diagnostic, SkillReport, TargetReport } from "../../run/report.js";
import { html, type Markup } from "./markup.js";
import { doneText, statusText } from "./status-text.js";
import { skillLink } from "./row-id.js";
import { timeText } from "./time-text.js";

/** `acme/skills`, with ref and directory: short, for the table. */
export function sourceText({ source: { repo, ref, subpath } }: SkillReport): string {
  const short = repo.replace(/^(?:https?:\/\/|ssh:\/\/|git@)/u, "").replace(/\.git$/u, "");
  return `${short}${ref === null ? "" : `#${ref}`}${subpath === "." || subpath === "" ? "" : ` ${subpath}`}`;
}

/** The name of a skill, with everything that the report has about it when it is opened. */
export function skillDetails(skill: SkillReport): Markup {
  const { id, source, commit, tree, integrity, sync, targets, diagnostics } = skill;
  const facts: [string, Markup | string | null][] = [
    ["Result", statusText(skill.status)],
    ["Source", source.repo],
    ["Ref", source.ref],
    ["Directory", source.subpath === "." ? null : source.subpath],
    ["Commit", commit],
    ["Tree", tree],
    ["Integrity", integrity],
    ["Sync", syncText(sync)],
  ];
  const known = facts.filter(([, value]) => value !== null && value !== "");
  return html`<details>
    <summary>${id}</summary>
    ${diagnostics.map(diagnosticText)}
    <dl>
      ${known.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}${
        targets.length === 0
          ? null
          : html`<dt>Targets</dt>
              <dd>${targets.map(targetText)}</dd>`
      }
    </dl>
    ${skillLink(id, "Link to this skill")}
  </details>`;
}

function syncText({ status, started_ms: from, ended_ms: to, attempts }: SkillReport["sync"]): string {
  if (from === null || to === null) return status;
  return `${status}, from ${timeText(from)} to ${timeText(to)}, ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
}

function targetText({ path, action, status, agents, reasons, started_ms: from, ended_ms: to }: TargetReport): Markup {
  const ended = status === "done" ? doneText(action) : status === action ? doneText(status) : `${action} ${status}`;
  const why = reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
  const time = to > from ? `, ${timeText(to - from)}` : "";
  return html`<div>${ended}: <code>${path}</code> for ${agents.join(", ")}${time}${why}</div>`;
}

/** A diagnostic with its code and the next step. */
export function diagnosticText({ code, severity, message, hint }: Diagnostic): Markup {
  return html`<p class="note ${severity}"><b>${code}</b> ${message}${hint === null ? null : html`<br />${hint}`}</p>`;
}
