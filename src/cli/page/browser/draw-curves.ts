import uPlot from "uplot";
import type { Curves } from "../curve-data.js";

/**
 * Tasks in flight and their limit as steps, with a point where the limit was changed.
 * @param moved is called with the shown part of the run, in milliseconds.
 */
export function drawCurves(
  place: HTMLElement,
  { times, inFlight, limit, changes }: Curves,
  moved: (from: number, to: number) => void,
): uPlot {
  const steps = uPlot.paths.stepped?.({ align: 1 });
  if (steps === undefined) throw new Error("no steps");
  const flightAt = document.querySelector("#at-flight");
  const limitAt = document.querySelector("#at-limit");
  const options: uPlot.Options = {
    width: place.clientWidth,
    height: 88,
    padding: [6, 0, 2, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: (_plot, min, max) => [min, max] },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max) * 1.1] },
    },
    axes: [{ show: false }, { show: false }],
    series: [
      {},
      { stroke: colour("flight"), fill: colour("flight", 0.25), width: 1.5, paths: steps, points: { show: false } },
      { stroke: colour("limit"), width: 1.5, dash: [5, 3], paths: steps, points: { show: false } },
      { stroke: colour("limit"), fill: colour("limit"), paths: () => null, points: { show: true, size: 7 } },
    ],
    hooks: {
      setScale: [
        (plot, key) => {
          const { min, max } = plot.scales["x"] ?? {};
          if (key === "x" && min != null && max != null) moved(min, max);
        },
      ],
      setCursor: [
        ({ cursor: { idx } }) => {
          if (flightAt !== null) flightAt.textContent = idx == null ? "" : String(inFlight[idx]);
          if (limitAt !== null) limitAt.textContent = idx == null ? "" : String(limit[idx]);
        },
      ],
    },
  };
  return new uPlot(options, [times, inFlight, limit, changes], place);
}

/** The colour that the theme gives to a curve, looked up whenever it is drawn. */
function colour(name: string, alpha = 1): () => string {
  const key = document.querySelector(`.key.${name}`);
  return () => {
    const [red = 0, green = 0, blue = 0] = getComputedStyle(key ?? document.body).color.match(/[\d.]+/gu) ?? [];
    return `rgb(${red} ${green} ${blue} / ${alpha})`;
  };
}
