import * as z from "zod/mini";
import { EdenError } from "../../errors.js";
import { coded, rule } from "../format/coded-issues.js";
import { readDocument } from "../format/read-document.js";
import type { InstallSource } from "../source/install-source.js";
import { parseInstallSource } from "../source/install-source.js";
import { refProblem } from "../names/ref-name.js";
import { ABBREVIATED_ID, isObjectId } from "../names/object-id.js";
import { skillIdProblem } from "../names/skill-id.js";
import { readSubpath } from "../source/subpath.js";

/** A skill, or all skills of a source, in the file of another tool. */
export interface ForeignSkill {
  /** The name of the skill there, which becomes its id; null for all skills of the source. */
  id: string | null;
  /** Skills that "all" excludes. */
  except: readonly string[];
  /** The skills that "all" includes; empty for no limit. */
  only: readonly string[];
  source: Extract<InstallSource, { kind: "repository" | "path" }>;
  /**
   * The skill's directory; null if the file does not contain it. For all skills: the directory to
   * search.
   */
  subpath: string | null;
  /** The content that the tool has installed; null if the file does not identify it. */
  pin: ForeignPin | null;
  /** For a plugin, whose skills these are, its name in the marketplace that the source is. */
  plugin: string | null;
}

/** How a tool identifies the content of a skill: by its commit, by the tree of its directory, or by both. */
export interface ForeignPin {
  /** Of a commit, at least its first 7 digits; null if it is not in the file. */
  commit: string | null;
  /** The id of the skill's directory; null if it is not in the file. */
  tree: string | null;
  /** The directory, absolute, in which the tool has the files of the source; null if it is not known. */
  copy: string | null;
}

/** The content of another tool's file. */
export interface ForeignFile {
  /** The kind of the file, for messages. */
  format: string;
  skills: ForeignSkill[];
  skipped: { id: string; reason: string; code: string }[];
  /** Ids of the agents that the file names, known or not; empty if it names none. */
  agents: string[];
}

const entrySchema = z.object({
  id: z.nullable(z.string("it has no name").check(coded("MISSING_FIELD"), rule("INVALID_SKILL_ID", skillIdProblem))),
  source: z.string("it does not say where it comes from").check(coded("MISSING_FIELD")),
  ref: z.prefault(
    z.string("a ref is a text").check(
      coded("INVALID_REF"),
      rule("INVALID_REF", (ref) => (ref === "" ? null : refProblem(ref))),
    ),
    "",
  ),
  subpath: z.optional(z.string("its path is not text").check(coded("INVALID_SUBPATH"))),
  // eslint-disable-next-line promise/valid-params -- it is zod's
  except: z.catch(z.array(z.catch(z.string(), "")), []),
  only: z.prefault(z.array(z.string()), []),
  plugin: z.prefault(z.nullable(z.string()), null),
  copy: z.prefault(z.nullable(z.string()), null),
  commit: idSchema("its commit", (id) => ABBREVIATED_ID.test(id)),
  tree: idSchema("the id of its tree", isObjectId),
});

/** Some tools write an empty text for an id that they do not know. */
function idSchema(what: string, isId: (text: string) => boolean) {
  const problem = `${what} is not an id of git`;
  return z.prefault(
    z.string(problem).check(
      coded("INVALID_REF"),
      rule("INVALID_REF", (id) => (id === "" || isId(id) ? null : problem)),
    ),
    "",
  );
}

/** An entry before validation. Every field may have any type. */
export type ForeignEntry = { [K in keyof z.infer<typeof entrySchema>]?: unknown };

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

function readEntry(entry: ForeignEntry, isAll: boolean): ForeignSkill {
  const reading = readDocument(entrySchema, { ...entry, id: isAll ? null : (entry.id ?? undefined) });
  if ("issues" in reading) throw refuse(reading.issues[0].code, reading.issues[0].message);
  const { id, source, ref, subpath, except, only, commit, tree, plugin, copy } = reading.document;
  const place = readSource(source);
  const inside = subpath === undefined ? null : directoryOf(subpath);
  return {
    id,
    except: except.filter((name) => name !== ""),
    only,
    source: ref === "" ? place : withRef(place, ref),
    subpath: inside ?? subpathOf(place),
    pin: commit === "" && tree === "" ? null : { commit: commit || null, tree: tree || null, copy },
    plugin,
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
function directoryOf(path: string): string {
  const directory = path.replaceAll("\\", "/").replace(/(?:^|\/)SKILL\.md$/iu, "");
  const read = readSubpath(directory === "" ? "." : directory);
  if ("problem" in read) throw refuse("INVALID_SUBPATH", read.problem);
  return read.subpath;
}
