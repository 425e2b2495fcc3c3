import "uplot/dist/uPlot.min.css";
import "./page.css";
// It sorts the tables of the class `sortable` when a heading is activated.
import "sortable-tablesort/dist/esm/sortable.js";
import { showLinkedRow } from "./linked-row.js";
import { setUpSkillTable } from "./skill-filter.js";
import { setUpTheme } from "./theme.js";
import { setUpTimeline } from "./timeline-zoom.js";

document.documentElement.classList.add("js");
const redraw = setUpTimeline();
setUpTheme(redraw);
const showAll = setUpSkillTable();
showLinkedRow(showAll);
