import { html, type Markup } from "./markup.js";

/** A heading; its button gets its function from the page's program. */
export function column(name: string): Markup {
  return html`<th scope="col"><button type="button">${name}</button></th>`;
}

/** One choice of the filter. */
export interface Chip {
  /** The rows with this `data-status`; "" for all. */
  value: string;
  text: string;
  count: number;
}

/** The search field and the filter above the table of skills. @param count of all rows. */
export function filters(
  chips: readonly Chip[],
  { count, legend, placeholder }: { count: number; legend: string; placeholder: string },
): Markup {
  const chip = ({ value, text, count: rows }: Chip) =>
    html`<label
      ><input type="radio" name="status" value="${value}" ${value === "" ? html` checked` : null} /><span
        >${text} ${rows}</span
      ></label
    >`;
  return html`<div class="live filters" role="search" aria-label="Skills">
    <label class="find"
      >Search <input type="search" id="find" autocomplete="off" spellcheck="false" placeholder="${placeholder}"
    /></label>
    <fieldset>
      <legend class="hidden">${legend}</legend>
      ${[{ value: "", text: "all", count }, ...chips].map(chip)}
    </fieldset>
    <p role="status" id="found"></p>
  </div>`;
}
