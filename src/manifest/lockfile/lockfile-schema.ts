import * as z from "zod/mini";
import { described } from "../format/described.js";
import { rule } from "../format/coded-issues.js";
import { formatVersion, skillId, subpath } from "../format/fields.js";
import { anyRefProblem } from "../source/archive-address.js";

const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})?$/;
const INTEGRITY = /^(?:sha256-[A-Za-z0-9+/]{43}=)?$/;

/** Like `environment` in a manifest, but omitted for this machine. */
const ELSEWHERE = /^(?:docker|podman|ssh):[a-zA-Z0-9_][a-zA-Z0-9_.@-]{0,320}$/;

const CAPABILITIES = /^[1-9]\d{0,3}:sha256-[A-Za-z0-9+/]{43}=$/;

const text = (pattern: RegExp) => z.string().check(z.regex(pattern));

const target = z.strictObject({
  agent: described(text(/^[a-z0-9][a-z0-9._-]{0,63}$/), "The agent's id."),
  path: described(z.string(), "Relative to the manifest's directory, or with ~, or absolute."),
  environment: described(
    z.optional(text(ELSEWHERE)),
    "The container or host the path is in; this machine when absent.",
  ),
});

const sitePin = z.strictObject({
  address: described(text(/^https?:\/\/[^\p{Cc}]+$/u), "The site, or the part of it, that has the index."),
  digest: described(z.optional(text(/^sha256:[0-9a-f]{64}$/)), "The digest of the index; absent if it has none."),
  tree: described(text(/^[0-9a-f]{40}$/), "Git's id of the files."),
  integrity: described(text(/^sha256-[A-Za-z0-9+/]{43}=$/), "Hash of the files."),
});

const lockedSkill = z.strictObject({
  id: described(z.clone(skillId), "The skill's id."),
  source_repo: described(text(/^[^\p{Cc}]+$/u), "The source as the manifest writes it."),
  source_ref: described(
    z.string().check(rule("INVALID_REF", (ref) => (ref === "" ? null : anyRefProblem(ref)))),
    'The ref of the manifest; "" when it names none.',
  ),
  source_subpath: described(z.clone(subpath), "The skill's directory inside the source."),
  resolved_commit: described(
    text(OBJECT_ID),
    'The commit; "" for a directory. That of an archive is made from its files.',
  ),
  tree: described(text(OBJECT_ID), "Git's id of the skill's directory; \"\" for a directory that is linked live."),
  integrity: described(text(INTEGRITY), 'Hash of the skill\'s content; "" for a directory that is linked live.'),
  resolved_version: described(
    z.optional(text(/^[0-9A-Za-z.+-]{1,128}$/)),
    "The version that a registry's range led to.",
  ),
  resolved_from: described(
    z.optional(text(/^[a-z0-9][a-z0-9_-]{0,63}\/[a-z0-9][a-z0-9._-]{0,63}$/)),
    "The registry, by its name in the manifest, and the skill's name there.",
  ),
  site: described(z.optional(sitePin), "The content of a site's skill, which only update replaces."),
  archive_version: described(z.optional(text(/^[0-9A-Za-z.+-]{1,128}$/)), "The version of a package."),
  archive_digest: described(
    z.optional(text(/^(?:sha256:[0-9a-f]{64}|sha512-[A-Za-z0-9+/]{86}==)$/)),
    "The digest of the archive, or of the manifest of an image.",
  ),
  collection: described(
    z.optional(text(/^[^\p{Cc}]+$/u)),
    "The collection it is a member of: its repository, #ref and //subpath.",
  ),
  alias: described(z.optional(skillId), "The name that the installed copy has in its front matter."),
  installed_integrity: described(
    z.optional(text(INTEGRITY)),
    "Hash of the copy with that name; tree and integrity are those of the source.",
  ),
  capabilities: described(
    z.optional(text(CAPABILITIES)),
    "Hash of what the content can do: scripts, commands, hosts, tools, files, variables, MCP servers.",
  ),
  install_mode: described(z.enum(["symlink", "copy"]), "Symlink or copy."),
  targets: described(
    z.prefault(z.array(described(target, "Where the skill was put.")), []),
    "Where it was put; none for a disabled skill.",
  ),
});

const globs = z._default(z.array(z.string()), []);

const lockedCollection = z.strictObject({
  source: described(text(/^[^\p{Cc}]+$/u), "Its repository, #ref and //subpath."),
  include: described(z.clone(globs), "The globs when its members were resolved."),
  exclude: described(z.clone(globs), "The globs of what is left out."),
  prefix: described(z._default(z.string(), ""), "The beginning of the ids."),
  incomplete: described(z._default(z.boolean(), false), "True if a member could not be installed."),
});

const lockedPolicy = z.strictObject({
  source: described(text(/^[^\p{Cc}]+$/u), "`extends` of the manifest."),
  commit: described(z._default(text(OBJECT_ID), ""), 'The commit of its repository; "" for a file at a path.'),
  sha256: described(text(/^[0-9a-f]{64}$/), "The SHA-256 of the file, in hex."),
});

/** The lockfile's TOML document. */
export const lockfileSchema = described(
  z.strictObject({
    version: described(z.clone(formatVersion), "The version of the lockfile's format, 1."),
    policy: described(z.optional(lockedPolicy), "The policy file of the team."),
    skills: described(
      z.prefault(z.array(described(lockedSkill, "What one skill was resolved to.")), []),
      "The skills, by id.",
    ),
    collections: described(
      z.prefault(z.array(described(lockedCollection, "How the members of one collection were chosen.")), []),
      "Collections that do not simply have all skills of their source.",
    ),
  }),
  "What the manifest's skills were resolved to. Generated.",
);

export type LockedSkillDocument = z.output<typeof lockedSkill>;
