import type { Report } from "../../run/report.js";
import { hintFor } from "../terms/explain.js";
import type { Block } from "../views/block.js";
import { cancelledBlock } from "../views/cancelled-block.js";
import { count } from "../views/count.js";
import { blocksOf } from "../views/failure-blocks.js";
import { html, type Markup } from "./markup.js";
import { notesOf, type Note } from "./notes.js";
import { skillLink } from "./row-id.js";

/** So many skills of one cause are named at once. */
const NAMED = 12;

/** What is left to do: the blocks of the text output, with links to their skills; then other notes. */
export function failureSection(report: Report): Markup | null {
  const cancelled = cancelledBlock(report);
  const blocks = [...blocksOf(report, false), ...(cancelled === null ? [] : [cancelled])];
  const notes = notesOf(report);
  if (blocks.length + notes.length === 0) return null;
  return html`<section id="failures" aria-labelledby="failures-title">
    <h2 id="failures-title">${failureTitle(report)}</h2>
    ${blocks.map(blockText)}${notes.length === 0 ? null : noteList(notes, blocks.length === 0)}
  </section>`;
}

/** The heading of what is left to do. */
export function failureTitle(report: Report): string {
  return blocksOf(report, false).length > 0 || cancelledBlock(report) !== null ? "What needs action" : "Notes";
}

function blockText({ sign, names, verb, code, why, hint }: Block): Markup {
  const [first = verb, ...rest] = why.filter((line) => line !== "");
  return html`<article class="note ${sign === "x" ? "error" : "warning"}">
    <h3>${first} <code>${code}</code></h3>
    ${skillList(names, verb)}${rest.map((line) => html`<p>${line}</p>`)}${nextStep(hint ?? hintFor(code))}
  </article>`;
}

function noteList(notes: readonly Note[], isOpen: boolean): Markup {
  const texts = notes.map(
    ({ code, severity, message, hint, skills }) =>
      html`<article class="note ${severity}">
        <h3>${message} <code>${code}</code></h3>
        ${skillList(skills, "concerned")}${nextStep(hint)}
      </article>`,
  );
  return html`<details${isOpen ? html` open` : null}><summary>${count(notes.length, "note")}</summary>${texts}</details>`;
}

/** `2 skills failed: web-design, pdf`. */
function skillList(ids: readonly string[], verb: string): Markup | null {
  if (ids.length === 0) return null;
  const entries = ids.map((id) => html`<li>${skillLink(id)}</li>`);
  const more = entries.slice(NAMED);
  return html`<div class="list">
    <b>${count(ids.length, "skill")} ${verb}</b>
    <ul>
      ${entries.slice(0, NAMED)}
    </ul>
    ${
      more.length === 0
        ? null
        : html`<details>
            <summary>${more.length} more</summary>
            <ul>
              ${more}
            </ul>
          </details>`
    }
  </div>`;
}

function nextStep(hint: string | null): Markup | null {
  return hint === null ? null : html`<p><b>What to do:</b> ${hint}</p>`;
}
