import type { Inventory } from "../apply/inventory.js";
import { oneLine } from "./action-line.js";
import type { Palette } from "./colour.js";

/** The skills of a manifest as a table. */
export function listLines({ skills }: Inventory, colours: Palette): string[] {
  if (skills.length === 0) return ["no skills"];
  const rows = skills.map(({ id, source, install, targets, commit, enabled }) => [
    enabled ? id : `${id} (disabled)`,
    `${source.repo}${source.ref === null ? "" : `@${source.ref}`}`,
    source.subpath,
    install.mode,
    commit === null || commit === "" ? "-" : commit.slice(0, 12),
    targets.length === 0 ? "-" : targets.map(({ agent }) => agent).join(","),
  ]);
  const [head = "", ...lines] = table([["SKILL", "SOURCE", "SUBPATH", "MODE", "COMMIT", "AGENTS"], ...rows]);
  return [colours.strong(head), ...lines];
}

/** Columns two blanks apart, each as wide as its widest cell; foreign text made safe. */
function table(rows: readonly string[][]): string[] {
  const cells = rows.map((row) => row.map(oneLine));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ""))));
  return cells.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
      .join("  ")
      .trimEnd(),
  );
}

function width(text: string): number {
  return [...text].length;
}
