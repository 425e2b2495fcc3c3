import type { ListedSkill, SkillList } from "../../inspect/list-skills.js";
import { formatBytes } from "../terms/bytes.js";
import type { Palette } from "../terms/colour.js";
import { fittedTable } from "./table.js";

/** The skills of a manifest as a table; on a narrow terminal a block for each. */
export function listLines({ skills }: SkillList, width: number | undefined, colours: Palette): string[] {
  if (skills.length === 0) return ["no skills"];
  const head = ["SKILL", "VERSION", "STATE", "SIZE", "SOURCE", "AGENTS", "COLLECTION"];
  const rows = skills.map(rowOf);
  // A column that says nothing about any skill is left out.
  const isUsed = (_: unknown, column: number) => column < 3 || rows.some((row) => row[column] !== "-");
  return fittedTable(
    head.filter(isUsed),
    rows.map((row) => row.filter(isUsed)),
    { width, colours },
  );
}

function rowOf({
  id,
  version,
  skill_version: own,
  commit,
  bytes,
  source,
  targets,
  collection,
  ...skill
}: ListedSkill): string[] {
  const { repo, ref, subpath } = source;
  const name = version ?? own;
  const pin = commit === null || commit === "" ? "" : commit.slice(0, 7);
  return [
    id,
    [name, pin].filter(Boolean).join(" ") || "-",
    stateText(skill),
    bytes === null ? "-" : formatBytes(bytes),
    `${repo}${subpath === "." ? "" : ` ${subpath}`}${ref === null ? "" : ` @ ${ref}`}`,
    [...new Set(targets.map(({ agent }) => agent))].join(", ") || "-",
    collection ?? "-",
  ];
}

function stateText({
  state,
  enabled,
  wanted,
  groups,
}: Pick<ListedSkill, "state" | "enabled" | "wanted" | "groups">): string {
  if (!enabled) return "disabled";
  return wanted ? (state ?? "unknown") : `only with ${groups.join(", ")}`;
}
