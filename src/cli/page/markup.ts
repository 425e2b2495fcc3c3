import { sanitize } from "../../errors.js";
import { withEscapedCommands, withoutWorkflowCommands } from "../session/workflow-commands.js";

/** Markup that is safe to put into a page as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | null | readonly Part[];

/**
 * A template of markup: what is put in is escaped, unless it is markup itself; null is nothing. The
 * indentation of the template is left out.
 */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(compact(template).reduce((text, next, index) => text + textOf(parts[index - 1] ?? null) + next));
}

/** An element whose content is a program or styles: nothing in it is escaped or changed. */
export function inline(element: "script" | "style", text: string): Markup {
  return new Markup(`<${element}>${text}</${element}>`);
}

const known = new WeakMap<TemplateStringsArray, string[]>();

/** Line breaks between elements are left out, others become a blank. */
function compact(template: TemplateStringsArray): string[] {
  const found =
    known.get(template) ??
    template.map((text) => text.replace(/(^|>)\s*\n\s*(?=<|$)/gu, "$1").replace(/\s*\n\s*/gu, " "));
  known.set(template, found);
  return found;
}

function textOf(part: Part): string {
  if (part === null) return "";
  if (part instanceof Markup) return part.text;
  return typeof part === "object" ? part.map(textOf).join("") : escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return withoutWorkflowCommands(sanitize(text)).replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? character);
}

/** Data for the page's own program, which no text in it can end. */
export function dataBlock(id: string, data: unknown): Markup {
  const json = withEscapedCommands(JSON.stringify(data)).replaceAll("<", "\\u003c");
  return html`<script type="application/json" id="${id}">
    ${new Markup(json)}
  </script>`;
}
