import type { Report } from "../../run/report.js";
import { formatBytes } from "../terms/bytes.js";
import { tallyOf } from "../../run/tally.js";
import { verdictText } from "../views/frame-lines.js";
import { html, type Markup } from "./markup.js";
import { doneText } from "./status-text.js";
import { timeText } from "./time-text.js";

/** The result, what was asked, and the figures of the run. */
export function verdictHeader(report: Report): Markup {
  const { command, manifest, outcome, exit_code, started_at, elapsed_ms, metrics, summary } = report;
  const repeated = metrics.retried + metrics.requeued;
  const { sync, install } = report.phases;
  const phases = [
    ...(sync === null ? [] : [`fetch ${timeText(sync.ended_ms - sync.started_ms)}`]),
    ...(install === null ? [] : [`install ${timeText(install.ended_ms - install.started_ms)}`]),
  ];
  const figures: [string, string | number, string][] = [
    ["Skills", summary.skills, countsOf(summary.sync)],
    ["Repositories", summary.repositories, `${metrics.git_processes} git processes`],
    ["Targets", Object.values(summary.install).reduce((sum, count) => sum + count, 0), countsOf(summary.install)],
    ["Received", formatBytes(metrics.bytes_received), `attempts repeated: ${repeated}`],
    ["Time", timeText(elapsed_ms), phases.join(", ")],
  ];
  return html`<div class="verdict ${outcome}">
    <p class="faint">eden-skills ${command}</p>
    <h1>${verdictText(report, tallyOf(report))}</h1>
    <p class="facts">
      <span class="tag ${outcome}">${outcome}</span> <span>exit code ${exit_code}</span> <span>${manifest}</span>
      <time datetime="${started_at}">${started_at.slice(0, 19).replace("T", " ")} UTC</time>
    </p>
    ${breachText(report)}
    <dl class="figures">
      ${figures.map(
        ([name, value, more]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
            <dd class="faint">${more}</dd>
          </div>`,
      )}
    </dl>
  </div>`;
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  const known = Object.entries(counts).filter(([, count]) => count > 0);
  return known.map(([name, count]) => `${count} ${doneText(name)}`).join(", ");
}

function breachText({ breach }: Report): Markup | null {
  if (breach === null) return null;
  const { budget, limit, observed, at_ms } = breach;
  const amount = budget === "deadline" ? timeText : budget === "download" ? formatBytes : String;
  return html`<p class="note error">
    Stopped at ${timeText(at_ms)}: ${amount(observed)} is more than the ${budget} budget of ${amount(limit)}.
  </p>`;
}
