// The rows of a terminal as an SVG.
const CELL = { width: 8.4, height: 19 };
const MARGIN = 18;
const BAR = 34;
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const PLAIN = "#d6deeb";
/** The first sixteen colours of a terminal. */
const COLOURS = ["#7f8c98", "#ef6b73", "#7fd17f", "#e5c07b", "#6cb6ff", "#c792ea", "#56c8d8", "#d6deeb"];

/** @param rows lists of cells `{ text, colour, isBold, isDim }`; `colour` is an index or null. */
export function svgOf(rows, { columns, title }) {
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = Math.ceil(rows.length * CELL.height + BAR + MARGIN);
  const lines = rows.map((cells, row) => lineOf(cells, BAR + (row + 1) * CELL.height - 5)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<rect width="${width}" height="${height}" rx="8" fill="#10151c"/>
<circle cx="20" cy="17" r="5" fill="#ef6b73"/><circle cx="38" cy="17" r="5" fill="#e5c07b"/><circle cx="56" cy="17" r="5" fill="#7fd17f"/>
<g font-family="${FONT}" font-size="14" fill="${PLAIN}">
${lines}
</g>
</svg>
`;
}

/** One text element for each run of cells that look the same, so that columns stay aligned in any font. */
function lineOf(cells, y) {
  const runs = [];
  for (const [x, cell] of cells.entries()) {
    const look = lookOf(cell);
    const last = runs.at(-1);
    if (last?.look === look) last.text += cell.text;
    else runs.push({ x, look, text: cell.text });
  }
  return runs
    .filter(({ text }) => text.trim() !== "")
    .map(({ x, look, text }) => {
      const left = (MARGIN + x * CELL.width).toFixed(1);
      const length = ([...text].length * CELL.width).toFixed(1);
      return `<text x="${left}" y="${y}" textLength="${length}"${look}>${escaped(text).replaceAll(" ", "\u00a0")}</text>`;
    })
    .join("");
}

function lookOf({ text, colour, isBold, isDim }) {
  if (text === " ") return "";
  const fill = colour === null ? "" : ` fill="${COLOURS[colour % COLOURS.length]}"`;
  return `${fill}${isBold ? ' font-weight="bold"' : ""}${isDim ? ' opacity="0.65"' : ""}`;
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
