import type { Report } from "../../run/report.js";
import { tallyOf } from "../../run/tally.js";
import { verdictText } from "../views/frame-lines.js";
import { failureSection, failureTitle } from "./failures.js";
import { html, type Markup } from "./markup.js";
import { pageOf } from "./page-frame.js";
import { skillSection } from "./skill-table.js";
import { timelineSection } from "./timeline.js";
import { verdictHeader } from "./verdict.js";

/** A report as one page; without its program it shows the same, but for the curves. */
export function reportPage(report: Report): string {
  const sections: [string, string, Markup | null][] = [
    ["failures", failureTitle(report), failureSection(report)],
    ["timeline", "Timeline", timelineSection(report)],
    ["skills", "Skills", skillSection(report)],
  ];
  const present = sections.filter(([, , section]) => section !== null);
  return pageOf({
    title: `${verdictText(report, tallyOf(report))} – eden-skills ${report.command}`,
    sections: present.map(([id, name]) => [id, name]),
    body: html`${verdictHeader(report)} ${present.map(([, , section]) => section)}`,
  });
}
