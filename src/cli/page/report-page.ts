import { createHash } from "node:crypto";
import type { Report } from "../../run/report.js";
import { VERSION } from "../../version.js";
import { SCRIPT, STYLE } from "./assets.js";
import { failureSection, failureTitle } from "./failures.js";
import { html, inline, type Markup } from "./markup.js";
import { skillSection } from "./skill-table.js";
import { timelineSection } from "./timeline.js";
import { verdictHeader } from "./verdict.js";
import { tallyOf } from "../../run/tally.js";
import { verdictText } from "../views/frame-lines.js";

/**
 * A report as one page that loads nothing: only its own program and styles may run in it, by their
 * hashes, and every text in it is escaped. Without the program it shows the same, but for the
 * curves, and cannot sort and filter.
 */
export function reportPage(report: Report): string {
  const sections: [string, string, Markup | null][] = [
    ["failures", failureTitle(report), failureSection(report)],
    ["timeline", "Timeline", timelineSection(report)],
    ["skills", "Skills", skillSection(report)],
  ];
  const present = sections.filter(([, , section]) => section !== null);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy()}" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>${verdictText(report, tallyOf(report))} – eden-skills ${report.command}</title>
        ${inline("style", STYLE)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the result</a>
        <header class="top">
          <nav aria-label="Sections">${present.map(([id, name]) => html`<a href="#${id}">${name}</a> `)}</nav>
          <label class="live theme"
            >Theme
            <select id="theme">
              <option value="">as the system</option>
              <option value="light">light</option>
              <option value="dark">dark</option>
            </select></label
          >
        </header>
        <main id="main" tabindex="-1">${verdictHeader(report)} ${present.map(([, , section]) => section)}</main>
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
