import { sanitize } from "../../errors.js";
import type { ShownSkill, ShowReport } from "../../inspect/shown-skill.js";
import { withoutInvisible } from "../../skill/audit/skill-text.js";
import { formatBytes } from "../terms/bytes.js";
import type { Palette } from "../terms/colour.js";
import { oneLine } from "./one-line.js";
import { count } from "./count.js";
import { table } from "./table.js";

/** One skill without its text, or the skills of a source. */
export function showLines(report: ShowReport, colours: Palette): string[] {
  return report.skill === null ? sourceLines(report, colours) : skillLines(report.skill, colours);
}

function sourceLines({ skills, skipped }: ShowReport, colours: Palette): string[] {
  return [
    ...skills.flatMap(({ name, description, path }) => [
      `${colours.strong(oneLine(name))}  ${colours.faint(oneLine(path))}`,
      `    ${oneLine(description)}`,
    ]),
    ...skipped.map(({ path, reason }) => `${oneLine(path)} is left out: ${oneLine(reason)}`),
    `${count(skills.length, "skill")}; name one to see it`,
  ];
}

function skillLines(skill: ShownSkill, colours: Palette): string[] {
  const { id, name, description, version, files, bytes, warnings, capabilities } = skill;
  const facts = factsOf(skill).filter(([, value]) => value !== null);
  return [
    colours.strong(oneLine([id, version].filter((one) => one !== null).join(" "))),
    ...(description === null ? [] : [`  ${oneLine(description)}`]),
    "",
    ...table([
      ...(name === null || name === id ? [] : [["name", name]]),
      ...facts.map(([label, value]) => [label, value ?? ""]),
    ]).map((line) => `  ${line}`),
    ...warnings.map((warning) => `  ${colours.odd("warning")}: ${oneLine(warning)}`),
    "",
    `  ${count(capabilities.length, "capability", "capabilities")}${capabilities.length === 0 ? "" : ", as far as its files say"}`,
    ...capabilities.map((one) => `    ${withoutInvisible(oneLine(one))}`),
    "",
    `  ${count(files.length, "file")}, ${formatBytes(bytes)}`,
    ...table(files.map((file) => [file.path, formatBytes(file.bytes), KINDS[file.mode]])).map((line) => `    ${line}`),
  ];
}

/** The text of a skill, each line as it is. */
export function skillText({ skill }: ShowReport): string[] {
  return skill === null ? [] : ["", ...skill.text.trim().split("\n").map(shownLine)];
}

const KINDS = { "100644": "", "100755": "executable", "120000": "link" } as const;

function factsOf({
  origin,
  license,
  compatibility,
  state,
  targets,
  collection,
}: ShownSkill): [string, string | null][] {
  const { repo, ref, subpath, commit, registry_version: released } = origin;
  return [
    ["source", `${repo}${subpath === "." ? "" : ` ${subpath}`}${ref === null ? "" : ` @ ${ref}`}`],
    ["registry", released === null ? null : `version ${released}`],
    ["commit", commit],
    ["collection", collection],
    ["license", license ?? "unknown"],
    ["needs", compatibility],
    ["state", state],
    ...targets.map((target): [string, string] => [
      "target",
      `${target.path} (${target.agents.join(", ")}): ${target.state}`,
    ]),
  ];
}

/** Foreign text line by line: each is cut to the length of a message. */
function shownLine(line: string): string {
  return sanitize(line).replaceAll("\t", "    ");
}
