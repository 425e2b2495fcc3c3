import type { WhyReport } from "../../inspect/why.js";
import type { WhyPath } from "../../inspect/why-path.js";
import type { FileLine, WhySkill } from "../../inspect/why-skill.js";
import type { Palette } from "../terms/colour.js";
import { shortPath, type Standpoint } from "../terms/short-path.js";
import { oneLine } from "./one-line.js";
import { table } from "./table.js";

/** Why a skill, or what is at a path, is here. */
export function whyLines({ skill, path }: WhyReport, here: Standpoint, colours: Palette): string[] {
  return [
    ...(path === null ? [] : [pathLine(path, here)]),
    ...(skill === null
      ? []
      : [colours.strong(oneLine(skill.id)), ...table(factsOf(skill, here)).map((line) => `  ${line}`)]),
  ];
}

function pathLine({ path, kind, link, owner, skill, manifest }: WhyPath, here: Standpoint): string {
  const what = link === null ? KINDS[kind] : `a link to ${link}`;
  const by = manifest === null ? "" : shortPath(manifest, here);
  const why = {
    ours: `a target of ${skill}`,
    former: `installed for ${skill}; ${by} no longer wants it here`,
    other: `installed by another manifest, ${by}`,
    none:
      skill === null
        ? "eden-skills did not install it"
        : `${skill} is wanted here, but eden-skills did not install this`,
  }[owner];
  const isNothing = kind === "absent" && owner === "none" && skill === null;
  return oneLine(`${shortPath(path, here)}: ${isNothing ? "nothing is there" : `${what}; ${why}`}`);
}

const KINDS = { absent: "nothing is there", link: "a link", directory: "a directory", file: "a file" } as const;

function factsOf(
  { entry, source, collection, registry, lock, targets, seen_by: seen, ...skill }: WhySkill,
  here: Standpoint,
): string[][] {
  const { repo, ref, subpath } = source;
  return [
    ["manifest", lineOf(entry, here)],
    ...(collection === null ? [] : [["collection", collection]]),
    ...(registry === null
      ? []
      : [["registry", [registry.from, registry.version].filter((one) => one !== null).join(" ")]]),
    ["source", `${repo}${subpath === "." ? "" : ` ${subpath}`}${ref === null ? "" : ` @ ${ref}`}`],
    ...(skill.groups.length === 0 ? [] : [["groups", skill.groups.join(", ")]]),
    [
      "lockfile",
      lock === null
        ? "not resolved yet"
        : `${lineOf(lock, here)}${lock.commit === null ? "" : ` ${lock.commit.slice(0, 12)}`}`,
    ],
    ["state", skill.state],
    ...targets.map(({ path, agents, state }) => [
      "target",
      `${shortPath(path, here)} (${agents.join(", ")}): ${state}`,
    ]),
    ...seen.map(({ agent, path }) => ["seen by", `${agent} in ${shortPath(path, here)}`]),
  ];
}

function lineOf({ file, line }: FileLine, here: Standpoint): string {
  return `${shortPath(file, here)}${line === null ? "" : `:${line}`}`;
}
