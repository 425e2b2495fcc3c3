import { EdenError } from "../../errors.js";
import type { InstallSource } from "../source/install-source.js";
import { parseInstallSource } from "../source/install-source.js";
import { refProblem } from "../names/ref-name.js";
import { skillIdProblem } from "../names/skill-id.js";
import { readSubpath } from "../source/subpath.js";

/** A skill, or all skills of a source, in the file of another tool. */
export interface ForeignSkill {
  /** The name of the skill there, which becomes its id; null for all skills of the source. */
  id: string | null;
  /** Skills that "all" excludes. */
  except: readonly string[];
  source: Extract<InstallSource, { kind: "repository" | "path" }>;
  /**
   * The skill's directory; null if the file does not contain it. For all skills: the directory to
   * search.
   */
  subpath: string | null;
}

/** The content of another tool's file. */
export interface ForeignFile {
  /** The kind of the file, for messages. */
  format: string;
  skills: ForeignSkill[];
  skipped: { id: string; reason: string; code: string }[];
  /** Ids of the agents that the file names; empty if it names none. */
  agents: string[];
}

/** An entry before validation. Every field may have any type. */
export interface ForeignEntry {
  id: unknown;
  source: unknown;
  ref?: unknown;
  subpath?: unknown;
  except?: unknown;
}

/**
 * Adds an entry to a file, or the reason why it is skipped.
 * @param place the name of the entry if its id is not a text.
 * @param isAll the entry means all skills; its id is ignored.
 */
export function addEntry(file: ForeignFile, place: string, entry: ForeignEntry, isAll = false): void {
  const id = typeof entry.id === "string" ? entry.id : place;
  try {
    file.skills.push(readEntry(entry, isAll));
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    file.skipped.push({ id, reason: error.message, code: error.code });
  }
}

/** The reason why an entry is skipped. */
export function refuse(code: string, reason: string): EdenError {
  return new EdenError(code, reason);
}

function readEntry({ id, source, ref, subpath, except }: ForeignEntry, isAll: boolean): ForeignSkill {
  if (!isAll && typeof id !== "string") throw refuse("MISSING_FIELD", "it has no name");
  const problem = isAll ? null : skillIdProblem(String(id));
  if (problem !== null) throw refuse("INVALID_SKILL_ID", problem);
  if (typeof source !== "string") throw refuse("MISSING_FIELD", "it does not say where it comes from");
  const place = readSource(source);
  const inside = subpath === undefined ? null : directoryOf(subpath);
  const named = ref === undefined || ref === "" ? null : ref;
  const refused = typeof named === "string" ? refProblem(named) : named === null ? null : "a ref is a text";
  if (refused !== null) throw refuse("INVALID_REF", refused);
  return {
    id: isAll ? null : String(id),
    except: Array.isArray(except) ? except.filter((name) => typeof name === "string") : [],
    source: named === null ? place : withRef(place, String(named)),
    subpath: inside ?? subpathOf(place),
  };
}

function readSource(source: string): ForeignSkill["source"] {
  const parsed = parseInstallSource(source);
  if (parsed.kind === "repository" || parsed.kind === "path") return parsed;
  throw refuse("INVALID_REPO_URL", "it comes from no repository and no directory");
}

function withRef(source: ForeignSkill["source"], ref: string): ForeignSkill["source"] {
  if (source.kind === "repository") return { ...source, ref, refAndPath: null };
  const nothing = { subpath: ".", refAndPath: null, skill: null, maybeSite: false };
  return { ...nothing, kind: "repository", repo: source.path, ref };
}

/** The subpath of an address such as `owner/repo/skills/pdf`; null if it has none. */
function subpathOf(source: ForeignSkill["source"]): string | null {
  return source.kind === "repository" && source.subpath !== "." ? directoryOf(source.subpath) : null;
}

/** A skill's directory; some tools name its SKILL.md instead, and use backslashes on Windows. */
function directoryOf(path: unknown): string {
  if (typeof path !== "string") throw refuse("INVALID_SUBPATH", "its path is no text");
  const directory = path.replaceAll("\\", "/").replace(/(?:^|\/)SKILL\.md$/iu, "");
  const read = readSubpath(directory === "" ? "." : directory);
  if ("problem" in read) throw refuse("INVALID_SUBPATH", read.problem);
  return read.subpath;
}
