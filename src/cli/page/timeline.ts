import type { Report } from "../../run/report.js";
import { formatBytes } from "../terms/bytes.js";
import { curvesOf, limitChanges } from "./curves.js";
import { directoryLanes, elapsedOf, repositoryLanes, timeOf, type Lane } from "./lanes.js";
import { laneDrawing, legend, ruler, type Axis } from "./lane-drawing.js";
import { dataBlock, html, type Markup } from "./markup.js";
import { timeText } from "./time-text.js";

/** So many repositories are shown at first: failed ones, then the slowest. */
const FIRST = 12;

/** What happened when: limit, repositories and directories of targets on one time axis. */
export function timelineSection(report: Report): Markup | null {
  const repositories = repositoryLanes(report);
  const directories = directoryLanes(report);
  if (repositories.length + directories.length === 0) return null;
  const barrier = repositories.length > 0 ? (report.phases.sync?.ended_ms ?? null) : null;
  const axis: Axis = { span: Math.max(1, report.elapsed_ms), barrier };
  const chosen = new Set(urgent(repositories).slice(0, FIRST));
  const shown = repositories.filter((lane) => chosen.has(lane));
  const others = repositories.filter((lane) => !chosen.has(lane));
  const curves = curvesOf(report, repositories, directories);
  return html`<section id="timeline" aria-labelledby="timeline-title">
    <h2 id="timeline-title">Timeline</h2>
    ${zoomButtons(report)}${legend([...repositories, ...directories])}
    ${limitTable(report, axis, Math.max(...curves.inFlight))}
    ${shown.length > 0 ? repositoryTable(others.length > 0 ? `Repositories: ${shown.length} of ${repositories.length}, failed and slowest` : "Repositories", shown, axis) : null}
    ${
      others.length > 0
        ? html`<details>
            <summary>${others.length} more repositories</summary>
            ${repositoryTable("Other repositories", others, axis)}
          </details>`
        : null
    }
    ${directories.length > 0 ? directoryTable(directories, axis) : null} ${changesTable(report)}
    ${dataBlock("curves", { ...curves, span: axis.span, phases: report.phases })}
  </section>`;
}

/** Failed lanes, then the slowest. */
function urgent(lanes: readonly Lane[]): Lane[] {
  return lanes.toSorted((a, b) => Number(b.isFailed) - Number(a.isFailed) || elapsedOf(b) - elapsedOf(a));
}

function zoomButtons({ phases }: Report): Markup {
  const button = (name: string, text: string) => html`<button type="button" data-zoom="${name}">${text}</button>`;
  return html`<p class="live buttons" role="group" aria-label="Part of the run that is shown">
    <button type="button" data-zoom="" aria-pressed="true">Whole run</button>
    ${phases.sync === null ? null : button("sync", "Fetch")}${phases.install === null ? null : button("install", "Install")}
    <span class="faint">or drag over the curve; a double click shows all</span>
  </p>`;
}

function limitTable({ concurrency, metrics }: Report, axis: Axis, most: number): Markup {
  const { requested, peak, final } = concurrency;
  const limit = peak === final ? `${final}` : `${peak} → ${final}`;
  return html`<table class="lanes">
    <caption>
      Tasks in flight and their limit
    </caption>
    <thead>
      <tr>
        <th scope="col">Curve</th>
        <th scope="col"><span class="hidden">Over time</span>${ruler(axis)}</th>
        <th scope="col">At most</th>
        <th scope="col">Limit</th>
        <th scope="col">Requested</th>
      </tr>
    </thead>
    <tbody>
      <tr>
        <th scope="row">
          <i class="key flight"></i>In flight <b id="at-flight"></b><br /><i class="key limit"></i>Limit
          <b id="at-limit"></b><small class="narrow">at most ${most} in flight, limit ${limit}</small>
        </th>
        <td><div id="chart" aria-hidden="true"></div></td>
        <td>${Math.max(most, metrics.peak_in_flight)}</td>
        <td>${limit}</td>
        <td>${requested}</td>
      </tr>
    </tbody>
  </table>`;
}

function repositoryTable(caption: string, lanes: readonly Lane[], axis: Axis): Markup {
  const columns = ["Wait", "Fetch", "Write", "Received", "Attempts"];
  const head = columns.map((name) => html`<th scope="col">${name}</th>`);
  return html`<table class="lanes five">
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">Repository</th>
        <th scope="col"><span class="hidden">Over time</span>${ruler(axis)}</th>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${lanes.map((lane) => repositoryRow(lane, axis))}
    </tbody>
  </table>`;
}

function repositoryRow(lane: Lane, axis: Axis): Markup {
  const { name, bytes, attempts, isFailed, skills } = lane;
  const [wait, fetch, write] = [timeOf(lane, "queue", "pause"), timeOf(lane, "fetch", "lost"), timeOf(lane, "write")];
  const received = bytes === null ? "–" : formatBytes(bytes);
  const cells = [timeText(wait), timeText(fetch), timeText(write), received, attempts];
  const short = `${timeText(elapsedOf(lane))}, ${received}${attempts > 1 ? `, ${attempts} attempts` : ""}`;
  return html`<tr>
    <th scope="row" ${isFailed ? html` class="bad"` : null} title="${skills.join(", ")}">
      ${name}${isFailed ? " (failed)" : null}<small class="narrow">${short}</small>
    </th>
    <td>${laneDrawing(lane, axis)}</td>
    ${cells.map((cell) => html`<td>${cell}</td>`)}
  </tr> `;
}

function directoryTable(lanes: readonly Lane[], axis: Axis): Markup {
  const rows = lanes.map((lane) => {
    const { name, isFailed, attempts } = lane;
    const time = timeText(timeOf(lane, "install", "lost"));
    const failed = lane.spans.filter(({ kind }) => kind === "lost").length;
    return html`<tr>
      <th scope="row" ${isFailed ? html` class="bad"` : null}>
        ${name}<small class="narrow">${attempts} in ${time}</small>
      </th>
      <td>${laneDrawing(lane, axis)}</td>
      <td>${attempts}</td>
      <td>${failed}</td>
      <td>${time}</td>
    </tr> `;
  });
  return html`<table class="lanes">
    <caption>
      Directories that skills were installed into
    </caption>
    <thead>
      <tr>
        <th scope="col">Directory</th>
        <th scope="col"><span class="hidden">Over time</span>${ruler(axis)}</th>
        <th scope="col">Targets</th>
        <th scope="col">Failed</th>
        <th scope="col">Time</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

/** Every change of a limit with its reason; those of a host as well. */
function changesTable(report: Report): Markup | null {
  const { adjustments } = report.concurrency;
  if (adjustments.length === 0) return null;
  const hosts = adjustments.length - limitChanges(report).length;
  const rows = adjustments.map(
    ({ at_ms, from, to, governor, reason }) =>
      html`<tr>
        <td class="n">${timeText(at_ms)}</td>
        <td class="n">${from} → ${to}</td>
        <td>${governor === "throttle" ? "one host" : "the run"}</td>
        <td>${governor}: ${reason}</td>
      </tr> `,
  );
  return html`<details${adjustments.length <= FIRST ? html` open` : null}><summary>Changes of the limit: ${adjustments.length}${hosts > 0 ? `, ${hosts} of them for a single host` : null}</summary>
<table><caption class="hidden">Changes of the limit</caption><thead><tr><th scope="col" class="n">At</th><th scope="col" class="n">Limit</th><th scope="col">Of</th><th scope="col">Reason</th></tr></thead>
<tbody>${rows}</tbody></table></details>`;
}
