import { createHash } from "node:crypto";
import { VERSION } from "../../version.js";
import { SCRIPT, STYLE } from "./assets.js";
import { html, inline, type Markup } from "./markup.js";

/** The content of a page. */
export interface Page {
  title: string;
  /** The ids of its sections and their names, for the navigation. */
  sections: readonly (readonly [string, string])[];
  body: Markup;
}

/**
 * A page that loads nothing: only its own program and styles may run in it, by their hashes, and
 * every text in it is escaped. Without the program it cannot sort and filter.
 */
export function pageOf({ title, sections, body }: Page): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy()}" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${inline("style", STYLE)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the result</a>
        <header class="top">
          <nav aria-label="Sections">${sections.map(([id, name]) => html`<a href="#${id}">${name}</a> `)}</nav>
          <label class="live theme"
            >Theme
            <select id="theme">
              <option value="">as the system</option>
              <option value="light">light</option>
              <option value="dark">dark</option>
            </select></label
          >
        </header>
        <main id="main" tabindex="-1">${body}</main>
        <footer>
          Made by eden-skills ${VERSION}. The page is one file and loads nothing: it can be kept and passed on.
        </footer>
        ${inline("script", SCRIPT)}
      </body>
    </html>`;
  return `${page.text}
`;
}

/** Nothing may be loaded; only these two texts may run. */
function policy(): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const rules = ["default-src 'none'", `script-src ${hash(SCRIPT)}`, `style-src ${hash(STYLE)}`];
  return [...rules, "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"].join("; ");
}
