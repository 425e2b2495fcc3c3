import type { InventoriedSkill, MachineInventory } from "../../inspect/machine-inventory.js";
import { sourceOf } from "../views/inventory-view.js";
import { html, type Markup } from "./markup.js";
import { pageOf } from "./page-frame.js";
import { column, filters } from "./table-parts.js";

const COLUMNS = ["Skill", "Status", "Agents", "Source", "Commit", "Path", "Owner"];
const ORDER = ["unknown", "edited", "outdated", "managed"] as const;

/** The inventory as a page: one table to search, to filter and to sort. */
export function inventoryPage({ skills, roots, failures }: MachineInventory): string {
  const rows = skills.toSorted((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  const chips = ORDER.map((status) => ({
    value: status,
    text: status,
    count: skills.filter((skill) => skill.status === status).length,
  })).filter(({ count }) => count > 0);
  const title = `${skills.length} skills`;
  const body = html`<div class="verdict">
      <p class="faint">eden-skills inventory</p>
      <h1>${title}</h1>
      <p class="facts">${roots.map((root) => html`<span>${root}</span> `)}</p>
      ${failures.map(({ code, message }) => html`<p class="note error">${code}: ${message}</p>`)}
    </div>
    <section id="skills" aria-labelledby="skills-title">
      <h2 id="skills-title">Skills</h2>
      ${filters(chips, { count: skills.length, legend: "Status", placeholder: "skill, source, agent, commit, path" })}
      <div class="scroll" role="region" aria-label="Table of skills" tabindex="0">
        <table class="sortable asc" id="skill-table">
          <caption class="hidden">
            Skills with status, agents, source, commit, path and owner
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
  return pageOf({ title: `${title} – eden-skills inventory`, sections: [["skills", "Skills"]], body });
}

function row({ name, status, agents, commit, path, owner, ...skill }: InventoriedSkill): Markup {
  return html`<tr data-status="${status}">
    <th scope="row">${name}</th>
    <td data-sort="${ORDER.indexOf(status)}"><span class="tag ${status}">${status}</span></td>
    <td>${agents.join(", ")}</td>
    <td>${sourceOf(skill)}</td>
    <td><code>${commit?.slice(0, 7) ?? ""}</code></td>
    <td>${path}</td>
    <td>${owner ?? ""}</td>
  </tr> `;
}
