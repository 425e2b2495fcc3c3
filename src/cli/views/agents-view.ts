import type { AgentsReport, ListedAgent } from "../../inspect/list-agents.js";
import type { Palette } from "../terms/colour.js";
import { shortPath, type Standpoint } from "../terms/short-path.js";
import { oneLine } from "./one-line.js";
import { count } from "./count.js";
import { fittedTable, table } from "./table.js";

/** How agents are shown. */
export interface AgentsStyle extends Standpoint {
  /** Columns of the terminal; undefined for none. */
  width: number | undefined;
  /** One block per agent with everything about it, in place of a table. */
  isDetailed: boolean;
}

/** The agents, those that are found here first. */
export function agentsLines({ agents }: AgentsReport, style: AgentsStyle, colours: Palette): string[] {
  if (agents.length === 0) return ["no agents"];
  const [found, others] = [agents.filter(({ detected }) => detected), agents.filter(({ detected }) => !detected)];
  const sorted = [...found, ...others];
  const note = `${count(agents.length, "agent")}, ${found.length} found here`;
  if (style.isDetailed) return [...sorted.flatMap((agent) => blockOf(agent, style, colours)), note];
  const rows = sorted.map((agent) => {
    return [agent.id, marksOf(agent) || "-", ...ownOf(agent).map((path) => short(path, style))];
  });
  return [...fittedTable(["AGENT", "HERE", "PROJECT", "USER"], rows, { width: style.width, colours }), note];
}

function ownOf({ project_dir: project, global_dir: global }: ListedAgent): (string | null)[] {
  return [project, global];
}

function short(path: string | null, here: Standpoint): string {
  return path === null ? "-" : shortPath(path, here);
}

function marksOf({ detected, used, own, retired }: ListedAgent): string {
  const marks = [detected && "found", used && "used", own && "own", retired !== null && "retired"];
  return marks.filter((mark) => mark !== false).join(", ");
}

function blockOf(agent: ListedAgent, here: Standpoint, colours: Palette): string[] {
  const { id, name, also_reads: also, reads_above: above, retired, warning } = agent;
  const [project, global] = ownOf(agent);
  const facts = [
    ["project", short(project ?? null, here)],
    ["user", short(global ?? null, here)],
    ...also.project.map((path) => ["also reads", short(path, here)]),
    ...also.global.map((path) => ["also reads", short(path, here)]),
    ...(above ? [["reads above", "its project directories at each level up to the root of the repository"]] : []),
    ...(retired === null
      ? []
      : [["retired", `${retired.on}${retired.successor === null ? "" : `; ${retired.successor} replaces it`}`]]),
    ...(warning === null ? [] : [["note", warning]]),
  ];
  const marks = marksOf(agent);
  return [
    `${colours.strong(oneLine(id))}  ${oneLine(name)}${marks === "" ? "" : ` (${marks})`}`,
    ...table(facts).map((line) => `  ${line}`),
  ];
}
