import { withoutWorkflowCommands } from "../session/workflow-commands.js";
import type { InventoriedSkill, MachineInventory } from "../../inspect/machine-inventory.js";
import type { Palette } from "../terms/colour.js";
import { fittedTable } from "./table.js";

/** The skills as a table; on a narrow terminal a block for each. */
export function inventoryLines({ skills }: MachineInventory, width: number | undefined, colours: Palette): string[] {
  if (skills.length === 0) return ["no skills"];
  const rows = skills.map(({ name, status, agents, path, commit, ...skill }) => [
    name,
    status,
    agents.join(", "),
    sourceOf(skill),
    commit?.slice(0, 7) ?? "-",
    path,
  ]);
  return fittedTable(["SKILL", "STATUS", "AGENTS", "SOURCE", "COMMIT", "PATH"], rows, { width, colours });
}

/** Repository, directory and ref in one cell; `-` for none. */
export function sourceOf({
  repository,
  subpath,
  ref,
}: Pick<InventoriedSkill, "repository" | "subpath" | "ref">): string {
  if (repository === null) return "-";
  return `${repository}${subpath === null || subpath === "." ? "" : ` ${subpath}`}${ref === null ? "" : ` @ ${ref}`}`;
}

const FIELDS = [
  "path",
  "agents",
  "name",
  "repository",
  "subpath",
  "ref",
  "commit",
  "integrity",
  "status",
  "owner",
] as const;

/** The skills as CSV (RFC 4180), agents separated by blanks. */
export function inventoryCsv({ skills }: MachineInventory): string {
  const rows = skills.map((skill) => FIELDS.map((field) => [skill[field] ?? ""].flat().join(" ")));
  return [[...FIELDS], ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

/** Spreadsheets evaluate a cell that begins with one of these characters: a quote in front makes it text. */
function csvCell(value: string): string {
  const text = withoutWorkflowCommands(value);
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
