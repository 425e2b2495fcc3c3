import * as z from "zod/mini";
import { mapOf } from "../../system/parse-json.js";
import { githubShorthand } from "../source/source-grammar.js";
import { addEntry, refuse, type ForeignFile } from "./foreign-skill.js";

/** Supported versions of the two lock files: 1 in projects, up to 3 in the home directory. */
const NEWEST_VERSION = 3;

/**
 * Reads the lock files of the `skills` command: `{version, skills: {<name>: {source, sourceType,
 * sourceUrl?, ref?, pinnedRef?, skillPath?, skillFolderHash?}}}`. The hash is the id of the tree; of `gh
 * skill`, which writes the file in the home directory as well, is the pinned ref.
 * @returns null for anything else.
 * @throws EdenError `IMPORT_INVALID` for an unknown version.
 */
export function readSkillsLock(document: unknown): ForeignFile | null {
  const { data } = z.safeParse(lockSchema, document);
  if (data === undefined) return null;
  const { version, skills } = data;
  if (version < 1 || version > NEWEST_VERSION) {
    throw refuse("IMPORT_INVALID", `the lock file has version ${version}; 1 to ${NEWEST_VERSION} are known`);
  }
  const file: ForeignFile = { format: "lock file of the skills command", skills: [], skipped: [], agents: [] };
  for (const [id, entry] of skills) {
    const source = sourceOf(entry);
    if (typeof source !== "string") file.skipped.push({ id, ...source });
    else {
      const { ref = entry.pinnedRef, skillPath: subpath, skillFolderHash: tree } = entry;
      addEntry(file, id, { id, source, ref, subpath, tree });
    }
  }
  return file;
}

const entrySchema = z.object({
  // eslint-disable-next-line promise/valid-params -- it is zod's
  source: z.catch(z.string(), ""),
  // eslint-disable-next-line promise/valid-params -- it is zod's
  sourceType: z.catch(z._default(z.string(), "github"), ""),
  // eslint-disable-next-line promise/valid-params -- it is zod's
  sourceUrl: z.catch(z._default(z.string(), ""), ""),
  ref: z.optional(z.unknown()),
  pinnedRef: z.optional(z.unknown()),
  skillPath: z.optional(z.unknown()),
  skillFolderHash: z.optional(z.unknown()),
});

type LockEntry = z.infer<typeof entrySchema>;

const lockSchema = z.object({
  version: z.int(),
  // eslint-disable-next-line promise/valid-params -- it is zod's
  skills: mapOf(z.catch(entrySchema, { source: "", sourceType: "", sourceUrl: "" })),
});

/** The source of an entry in the usual notation, independent of its type; or why it is unknown. */
function sourceOf({ source, sourceType, sourceUrl }: LockEntry): string | { code: string; reason: string } {
  if (source === "") return { code: "MISSING_FIELD", reason: "it does not say where it comes from" };
  const hasUrl = sourceUrl !== "";
  switch (sourceType) {
    case "github":
      return hasUrl ? sourceUrl : source;
    case "gitlab":
      return hasUrl ? sourceUrl : isShort(source) ? `https://gitlab.com/${source}.git` : source;
    case "git":
      if (hasUrl) return sourceUrl;
      // The command writes the last two names of an address, for every host.
      return isShort(source) ? { code: "INVALID_REPO_URL", reason: "it does not say on which host it is" } : source;
    case "local":
      return /^(?:\.{0,2}\/|~|\.{1,2}$)/u.test(source) ? source : `./${source}`;
    default:
      return { code: "INVALID_REPO_URL", reason: "it comes from no repository and no directory" };
  }
}

function isShort(source: string): boolean {
  return githubShorthand(source) !== null;
}
