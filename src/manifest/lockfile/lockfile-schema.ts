import * as z from "zod/mini";
import { rule } from "../format/coded-issues.js";
import { formatVersion, skillId, subpath } from "../format/fields.js";
import { refProblem } from "../names/ref-name.js";

const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})?$/;
const INTEGRITY = /^(?:sha256-[A-Za-z0-9+/]{43}=)?$/;

/** Like `environment` in a manifest, but omitted for this machine. */
const ELSEWHERE = /^(?:docker|ssh):[a-zA-Z0-9_][a-zA-Z0-9_.@-]{0,320}$/;

const text = (pattern: RegExp) => z.string().check(z.regex(pattern));

const target = z.strictObject({
  agent: text(/^[a-z0-9][a-z0-9._-]{0,63}$/).check(z.describe("The agent's id.")),
  path: z.string().check(z.describe("Relative to the manifest's directory, or with ~, or absolute.")),
  environment: z
    .optional(text(ELSEWHERE))
    .check(z.describe("The container or host the path is in; this machine when absent.")),
});

const lockedSkill = z.strictObject({
  id: skillId.check(z.describe("The skill's id.")),
  source_repo: text(/^[^\p{Cc}]+$/u).check(z.describe("The source as the manifest writes it.")),
  source_ref: z.string().check(
    rule("INVALID_REF", (ref) => (ref === "" ? null : refProblem(ref))),
    z.describe('The ref of the manifest; "" when it names none.'),
  ),
  source_subpath: subpath.check(z.describe("The skill's directory inside the source.")),
  resolved_commit: text(OBJECT_ID).check(z.describe('The commit; "" for a directory.')),
  tree: text(OBJECT_ID).check(
    z.describe("Git's id of the skill's directory; \"\" for a directory that is linked live."),
  ),
  integrity: text(INTEGRITY).check(z.describe('Hash of the skill\'s content; "" for a directory that is linked live.')),
  resolved_version: z
    .optional(text(/^[0-9A-Za-z.+-]{1,128}$/))
    .check(z.describe("The version that a registry's range led to.")),
  resolved_from: z
    .optional(text(/^[a-z0-9][a-z0-9_-]{0,63}\/[a-z0-9][a-z0-9._-]{0,63}$/))
    .check(z.describe("The registry, by its name in the manifest, and the skill's name there.")),
  collection: z
    .optional(text(/^[^\p{Cc}]+$/u))
    .check(z.describe("The collection it is a member of: its repository, #ref and //subpath.")),
  alias: z.optional(skillId).check(z.describe("The name that the installed copy has in its front matter.")),
  installed_integrity: z
    .optional(text(INTEGRITY))
    .check(z.describe("Hash of the copy with that name; tree and integrity are those of the source.")),
  install_mode: z.enum(["symlink", "copy"]).check(z.describe("Symlink or copy.")),
  targets: z
    .prefault(z.array(target.check(z.describe("Where the skill was put."))), [])
    .check(z.describe("Where it was put; none for a disabled skill.")),
});

const globs = z._default(z.array(z.string()), []);

const lockedCollection = z.strictObject({
  source: text(/^[^\p{Cc}]+$/u).check(z.describe("Its repository, #ref and //subpath.")),
  include: globs.check(z.describe("The globs when its members were resolved.")),
  exclude: globs.check(z.describe("The globs of what is left out.")),
  prefix: z._default(z.string(), "").check(z.describe("The beginning of the ids.")),
  incomplete: z._default(z.boolean(), false).check(z.describe("True if a member could not be installed.")),
});

/** The lockfile's TOML document. */
export const lockfileSchema = z
  .strictObject({
    version: formatVersion.check(z.describe("The version of the lockfile's format, 1.")),
    skills: z
      .prefault(z.array(lockedSkill.check(z.describe("What one skill was resolved to."))), [])
      .check(z.describe("The skills, by id.")),
    collections: z
      .prefault(z.array(lockedCollection.check(z.describe("How the members of one collection were chosen."))), [])
      .check(z.describe("Collections that do not simply have all skills of their source.")),
  })
  .check(z.describe("What the manifest's skills were resolved to. Generated."));

export type LockedSkillDocument = z.output<typeof lockedSkill>;
export type LockedCollection = z.output<typeof lockedCollection>;
