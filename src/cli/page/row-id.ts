import { sanitize } from "../../errors.js";
import { html, type Markup } from "./markup.js";

/** The id of a skill's row in the page, as safe to show as its name. */
export function rowId(id: string): string {
  return `skill-${sanitize(id)}`;
}

/** A link to the row of a skill. */
export function skillLink(id: string, text = id): Markup {
  return html`<a href="#${encodeURIComponent(rowId(id))}">${text}</a>`;
}
