import type uPlot from "uplot";
import { timeText } from "../time-text.js";
import type { Curves, Stretches } from "../curve-data.js";
import { drawCurves } from "./draw-curves.js";

/** What the page has for its curves. */
type Data = Curves & { span: number; phases: Stretches };

/**
 * Draws the curves above the lanes. All of them show the same part of the run: the one that was
 * chosen by a button, or by dragging over the curve.
 * @returns draws the curves again, in the colours of the theme.
 */
export function setUpTimeline(): () => void {
  const place = document.querySelector<HTMLElement>("#chart");
  const text = document.querySelector("#curves")?.textContent;
  if (place === null || text == null) return () => {};
  const data: Data = JSON.parse(text);
  const lanes = [...document.querySelectorAll("svg.lane")];
  const rulers = [...document.querySelectorAll(".ruler")];
  const buttons = [...document.querySelectorAll<HTMLButtonElement>("button[data-zoom]")];
  const plot = drawCurves(place, data, (from, to) => {
    const least = Math.max(1, to - from);
    for (const lane of lanes) lane.setAttribute("viewBox", `${from} 0 ${least} 20`);
    for (const ruler of rulers) {
      for (const [index, mark] of [...ruler.children].entries())
        mark.textContent = timeText(from + (least * index) / 4);
    }
    for (const button of buttons) {
      const [start, end] = partOf(data, button);
      button.setAttribute("aria-pressed", String(start === from && end === to));
    }
  });
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const [min, max] = partOf(data, button);
      plot.setScale("x", { min, max });
    });
  }
  new ResizeObserver(() => plot.setSize(sizeOf(place, plot))).observe(place);
  return () => plot.redraw(false);
}

function sizeOf({ clientWidth: width }: HTMLElement, { height }: uPlot): { width: number; height: number } {
  return { width, height };
}

/** From where to where a button shows: one phase, or the whole run. */
function partOf({ span, phases }: Data, { dataset }: HTMLButtonElement): [number, number] {
  const phase = dataset["zoom"] === "sync" ? phases.sync : dataset["zoom"] === "install" ? phases.install : null;
  return phase === null ? [0, span] : [phase.started_ms, Math.max(phase.started_ms + 1, phase.ended_ms)];
}
