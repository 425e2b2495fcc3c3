import type { Report, SkillReport } from "../../run/report.js";
import { sanitize } from "../../errors.js";

/**
 * A report as one page that needs nothing else: no script, no other file; every text in it escaped.
 */
export function reportHtml(report: Report): string {
  const { command, outcome, elapsed_ms, summary, skills, diagnostics, manifest, started_at } = report;
  const title = `eden-skills ${command}: ${outcome}`;
  const { sync, install } = summary;
  const counts = [...Object.entries(sync), ...Object.entries(install)].map(([name, count]) => `${name} ${count}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(manifest)}, ${escaped(started_at)}, ${elapsed_ms} ms, exit code ${report.exit_code}</p>
<p>${summary.skills} skills, ${summary.repositories} repositories: ${escaped(counts.join(", "))}</p>
${diagnostics.map(diagnosticLine).join("\n")}
<table>
<thead><tr><th>skill</th><th>status</th><th>source</th><th>commit</th><th>sync</th><th>targets</th></tr></thead>
<tbody>
${skills.map((skill) => rowOf(skill, elapsed_ms)).join("\n")}
</tbody>
</table>
</body>
</html>
`;
}

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;margin:2em}table{border-collapse:collapse}td,th{border-bottom:1px solid #ccc;padding:.3em .8em;text-align:left;vertical-align:top}
.failed,.error{color:#b00020}.conflict,.cancelled,.warning{color:#8a5a00}.bar{background:#ddd;width:12em}.bar i{display:block;height:.6em;background:#3b6ea8}`;

function rowOf({ id, status, source, commit, sync, targets, diagnostics }: SkillReport, elapsedMs: number): string {
  const from = `${source.repo}${source.ref === null ? "" : `#${source.ref}`}${source.subpath === "." ? "" : ` ${source.subpath}`}`;
  const places = targets.map(
    ({ path, action, status: ended }) => `${escaped(`${action} ${path}`)} (${escaped(ended)})`,
  );
  const cells = [
    escaped(id),
    `<span class="${status}">${escaped(status)}</span>${diagnostics.map(diagnosticLine).join("")}`,
    escaped(from),
    escaped((commit ?? "").slice(0, 12)),
    `${escaped(sync.status)}${barOf(sync, elapsedMs)}`,
    places.join("<br>"),
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

/** When in the run a skill was synced: a bar from its beginning to its end. */
function barOf({ started_ms, ended_ms }: SkillReport["sync"], elapsedMs: number): string {
  if (started_ms === null || ended_ms === null || elapsedMs === 0) return "";
  const percent = (ms: number) => Math.min(100, Math.round((100 * ms) / elapsedMs));
  const left = percent(started_ms);
  const width = Math.max(1, percent(ended_ms) - left);
  return `<div class="bar"><i style="margin-left:${left}%;width:${width}%"></i></div>`;
}

function diagnosticLine({ code, severity, message, hint }: Report["diagnostics"][number]): string {
  const advice = hint === null ? "" : ` ${hint}`;
  return `<p class="${severity}">${escaped(`${code}: ${message}${advice}`)}</p>`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return sanitize(text).replace(/[&<>"']/gu, (character) => entities[character] ?? character);
}
