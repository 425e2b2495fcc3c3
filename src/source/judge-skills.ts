import type { DiscoveredSkill, Discovery, LeftOut } from "./discovery.js";
import { posix } from "node:path";
import { sanitize } from "../errors.js";
import { skillIdProblem } from "../manifest/names/skill-id.js";
import { readSubpath } from "../manifest/source/subpath.js";
import { liesInside, type SkillPlace } from "../skill/discover.js";
import { HEAD_BYTES, readFrontMatter } from "../skill/front-matter.js";
import { pointerKind } from "../skill/pointer.js";
import { fileNameFaults } from "../skill/skill-file.js";
import type { SourceLink, SourceView } from "./source-view.js";

/** The result for directories with a SKILL.md. */
export interface JudgedSkills extends Discovery {
  /** The directories of all skills except one at the root: everything in them is part of them. */
  directories: ReadonlySet<string>;
}

/** Additional facts about a source. */
export interface Surroundings {
  rootName: string;
  links: ReadonlyMap<string, SourceLink>;
  /**
   * Directories in which skills are expected: if such a directory is itself a skill, it has no
   * parts.
   */
  catalogues: ReadonlySet<string>;
}

/**
 * A source with more invalid skills than this is refused: reading front matter that is not YAML
 * takes a tenth of a second.
 */
const MOST_SKIPPED = 500;

/** The name of a skill whose names give no valid id. */
const NAMELESS = "skill";

/**
 * Reads these skills in order. A skill inside another skill is part of that one, and is taken only
 * by name.
 */
export async function judgeSkills(
  view: SourceView,
  places: readonly SkillPlace[],
  around: Surroundings,
): Promise<JudgedSkills> {
  const judged = await readAll(view, places, around);
  const directories = new Set(
    judged
      .filter((one) => "skill" in one && one.path !== "." && !around.catalogues.has(one.path))
      .map(({ path }) => path),
  );
  const found: JudgedSkills = { skills: [], unlisted: [], skipped: [], directories };
  const twinOf = twins(view);
  for (const one of judged) {
    if (!("skill" in one)) {
      found.skipped.push(one);
      continue;
    }
    const apart = whyApart(one, directories);
    const twin = apart === null ? twinOf(one.skill) : undefined;
    if (twin !== undefined) found.skipped.push({ path: one.path, reason: `the same as ${twin.path}`, code: null });
    else if (apart === null) found.skills.push(one.skill);
    else {
      found.unlisted.push(one.skill);
      found.skipped.push({ path: one.path, ...apart });
    }
  }
  return found;
}

/** A skill after reading. */
interface ReadSkill {
  path: string;
  skill: DiscoveredSkill;
  isInternal: boolean;
}

async function readAll(
  view: SourceView,
  places: readonly SkillPlace[],
  around: Surroundings,
): Promise<(ReadSkill | LeftOut)[]> {
  const contents = new Map(places.map(({ file }) => [file, around.links.get(file)?.to ?? file]));
  const heads = await view.read([...new Set(contents.values())], HEAD_BYTES);
  const judged: (ReadSkill | LeftOut)[] = [];
  let refused = 0;
  for (const place of places) {
    const one =
      refused < MOST_SKIPPED
        ? await readOne(place, heads.get(contents.get(place.file) ?? ""), around)
        : { path: place.directory, reason: `not read: more than ${MOST_SKIPPED} invalid skills`, code: INVALID };
    if (!("skill" in one)) refused += 1;
    judged.push(one);
  }
  return judged;
}

/** A skill that no agent would load. */
const INVALID = "SKILL_INVALID";

async function readOne(
  { directory: path, file }: SkillPlace,
  content: Buffer | undefined,
  { links, rootName }: Surroundings,
): Promise<ReadSkill | LeftOut> {
  const left = (code: string, reason: string): LeftOut => ({ path, reason, code });
  const problem = pathProblem(path);
  if (problem !== null) return left("INVALID_SUBPATH", problem);
  const link = links.get(file);
  if (link !== undefined && (link.to === null || (path !== "." && !link.to.startsWith(`${path}/`))))
    return left("SKILL_UNSAFE", "its SKILL.md is a link that leaves the skill");
  if (content === undefined) return left(INVALID, "its SKILL.md is too large or cannot be read");
  const pointer = pointerKind(content);
  if (pointer !== null) return left("SKILL_UNSAFE", `its SKILL.md is ${pointer}: its text is not in the source`);
  const head = await readFrontMatter(content);
  if ("problem" in head) return left(INVALID, head.problem);
  const { name, description, internal } = head.frontMatter;
  if (description === null || description.trim() === "") return left(INVALID, "its front matter has no description");
  const directory = path === "." ? rootName : posix.basename(path);
  const isGood = name !== null && skillIdProblem(name) === null;
  const warnings = [...fileNameFaults(file), ...head.warnings];
  if (name === null) warnings.push("its front matter has no name");
  else if (!isGood) warnings.push(`its name ${JSON.stringify(sanitize(name))} is not a valid directory name`);
  else if (path !== "." && name !== directory)
    warnings.push(`its name is ${name}, its directory ${sanitize(directory)}`);
  const id = isGood ? name : (slug(directory) ?? slug(name ?? "") ?? NAMELESS);
  return { path, skill: { id, name, description, path, warnings }, isInternal: internal };
}

/** Why a skill is taken only by name, or null. */
function whyApart(
  { path, skill, isInternal }: ReadSkill,
  directories: ReadonlySet<string>,
): Omit<LeftOut, "path"> | null {
  if (liesInside(path, directories))
    return { reason: `it lies in another skill and is a part of it; --skill ${path} takes it by itself`, code: null };
  if (isInternal) return { reason: `its author keeps it internal; --skill ${skill.id} takes it`, code: null };
  const reason = `its name cannot be converted to an id; --skill ${path} --id ID takes it`;
  return skill.id === NAMELESS && skill.name !== NAMELESS ? { reason, code: "INVALID_SKILL_ID" } : null;
}

/**
 * Finds an earlier skill with the same id and the same content. Contents are compared only if the
 * ids are equal.
 */
function twins({ contentOf }: SourceView): (skill: DiscoveredSkill) => DiscoveredSkill | undefined {
  const first = new Map<string, DiscoveredSkill>();
  const known = new Map<string, DiscoveredSkill>();
  const remember = (skill: DiscoveredSkill): DiscoveredSkill | undefined => {
    const held = contentOf(skill.path);
    if (held === null) return undefined;
    const key = `${skill.id} ${held}`;
    const earlier = known.get(key);
    if (earlier === undefined) known.set(key, skill);
    return earlier;
  };
  return (skill) => {
    const namesake = first.get(skill.id);
    if (namesake === undefined) {
      first.set(skill.id, skill);
      return undefined;
    }
    remember(namesake);
    return remember(skill);
  };
}

/**
 * Why a manifest could not name the directory, or null: one invalid name must not prevent the
 * installation of the others.
 */
function pathProblem(directory: string): string | null {
  if (directory.includes("\ufffd")) return "its path is not written in UTF-8";
  const read = readSubpath(directory);
  return "problem" in read ? read.problem : null;
}

/** Converts a directory's name into an id; null if nothing remains. */
function slug(directory: string): string | null {
  const id = directory
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/gu, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/gu, "")
    .slice(0, 64)
    .replace(/[^a-z0-9]+$/u, "");
  return skillIdProblem(id) === null ? id : null;
}
