import type { Inventory } from "../../edit/inventory.js";
import type { Palette } from "../terms/colour.js";
import { table } from "./table.js";

/** The skills of a manifest as a table. */
export function listLines({ skills }: Inventory, colours: Palette): string[] {
  if (skills.length === 0) return ["no skills"];
  const rows = skills.map(({ id, source, install, targets, commit, enabled, groups, wanted }) => [
    wanted ? id : enabled ? `${id} (only with ${groups.join(", ")})` : `${id} (disabled)`,
    `${source.repo}${source.ref === null ? "" : `@${source.ref}`}`,
    source.subpath,
    install.mode,
    commit === null || commit === "" ? "-" : commit.slice(0, 12),
    targets.length === 0 ? "-" : targets.map(({ agent }) => agent).join(","),
  ]);
  const [head = "", ...lines] = table([["SKILL", "SOURCE", "SUBPATH", "MODE", "COMMIT", "AGENTS"], ...rows]);
  return [colours.strong(head), ...lines];
}
