import type { Report, SkillReport } from "../../run/report.js";
import { html, type Markup } from "./markup.js";
import { rowId } from "./row-id.js";
import { skillDetails, sourceText } from "./skill-details.js";
import { statusText } from "./status-text.js";
import { column, filters } from "./table-parts.js";
import { timeText } from "./time-text.js";

type Status = SkillReport["status"];

/** The order of the rows: first what needs a look. */
const ORDER: readonly Status[] = [
  "failed",
  "conflict",
  "cancelled",
  "installed",
  "removed",
  "metadata_only",
  "unchanged",
];

const COLUMNS = ["Skill", "Result", "Source", "Commit", "Agents", "Time", "Attempts"];

/** Every skill of the run, in a table to search, to filter and to sort. */
export function skillSection({ skills }: Report): Markup | null {
  if (skills.length === 0) return null;
  const rows = skills.toSorted((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  const chips = ORDER.map((status) => ({
    value: status,
    text: statusText(status),
    count: skills.filter((skill) => skill.status === status).length,
  })).filter(({ count }) => count > 0);
  return html`<section id="skills" aria-labelledby="skills-title">
    <h2 id="skills-title">Skills</h2>
    ${filters(chips, { count: skills.length, legend: "Result", placeholder: "skill, source, agent, commit, code" })}
    <div class="scroll" role="region" aria-label="Table of skills" tabindex="0">
      <table class="sortable asc" id="skill-table">
        <caption class="hidden">
          Skills of this run, with result, source, commit, agents, time and attempts
        </caption>
        <thead>
          <tr>
            ${COLUMNS.map(column)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(row)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function row(skill: SkillReport): Markup {
  const { id, status, commit, sync, targets } = skill;
  const agents = [...new Set(targets.flatMap((target) => target.agents))].join(", ");
  const { started_ms: from, ended_ms: to } = sync;
  const time = from === null || to === null ? null : to - from;
  return html`<tr id="${rowId(id)}" data-status="${status}" tabindex="-1">
    <th scope="row">${skillDetails(skill)}</th>
    <td data-sort="${ORDER.indexOf(status)}"><span class="tag ${status}">${statusText(status)}</span></td>
    <td>${sourceText(skill)}</td>
    <td><code>${(commit ?? "").slice(0, 7)}</code></td>
    <td>${agents}</td>
    <td data-sort="${time ?? -1}">${time === null ? "–" : timeText(time)}</td>
    <td>${sync.attempts}</td>
  </tr> `;
}
