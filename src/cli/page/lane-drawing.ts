import type { Lane, Span } from "./lanes.js";
import { html, type Markup } from "./markup.js";
import { timeText } from "./time-text.js";

/** The time axis of all lanes, in milliseconds. */
export interface Axis {
  span: number;
  /** When Phase A had ended; null if there was none. */
  barrier: number | null;
}

const KINDS: Readonly<Record<Span["kind"], string>> = {
  queue: "in the queue",
  fetch: "fetch",
  write: "write into the store",
  lost: "failed attempt",
  pause: "wait for the next attempt",
  install: "install",
};

/**
 * A lane as a drawing whose width is the time axis: the page's program zooms by its `viewBox`. Times
 * are in the cells beside it.
 */
export function laneDrawing({ spans }: Lane, { span, barrier }: Axis): Markup {
  // What is shorter than a pixel must be visible as well.
  const least = span / 400;
  const bars = joined(spans, least).map(({ from, to, kind }) => {
    const width = Math.max(least, to - from);
    return html`<rect class="${kind}" x="${tidy(Math.min(from, span - width))}" width="${tidy(width)}" />`;
  });
  const line = barrier === null ? null : html`<path d="M${barrier} 0V20" />`;
  return html`<svg class="lane" viewBox="0 0 ${span} 20" preserveAspectRatio="none" aria-hidden="true">
    ${bars}${line}
  </svg>`;
}

/** Spans of one kind with less than a pixel between them are one bar: there may be hundreds. */
function joined(spans: readonly Span[], least: number): Span[] {
  const bars: Span[] = [];
  for (const span of spans) {
    const last = bars.at(-1);
    if (last?.kind === span.kind && span.from - last.to < least) last.to = span.to;
    else bars.push({ ...span });
  }
  return bars;
}

function tidy(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The times at the quarters of the axis. */
export function ruler({ span }: Axis): Markup {
  const marks = [0, 1, 2, 3, 4].map((quarter) => html`<span>${timeText((span * quarter) / 4)}</span>`);
  return html`<span class="ruler" aria-hidden="true">${marks}</span>`;
}

/** What the colours of these lanes mean. */
export function legend(lanes: readonly Lane[]): Markup {
  const used = new Set<string>(lanes.flatMap(({ spans }) => spans.map(({ kind }) => kind)));
  const kinds = Object.entries(KINDS).filter(([kind]) => used.has(kind));
  const keys = kinds.map(([kind, text]) => html`<li><i class="key ${kind}"></i>${text}</li>`);
  return html`<ul class="legend">
    ${keys}
    <li><i class="key barrier"></i>barrier: everything is fetched before anything is installed</li>
  </ul>`;
}
