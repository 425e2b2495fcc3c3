import * as z from "zod/mini";
import { described } from "../format/described.js";
import { coded, rule } from "../format/coded-issues.js";
import { integer, skillId } from "../format/fields.js";
import { GROUP_NAME, GROUP_NAME_FORM } from "../names/group-name.js";
import { isVersionRange, VERSION_RANGE } from "../names/version-range.js";
import { sourceSchema } from "./source-schema.js";
import { incompleteTargetSchema, targetSchema } from "./target-schema.js";

/** How a skill is installed. */
export const modeSchema = z.enum(["symlink", "copy"]).check(coded("INVALID_MODE", "string"));
/** One check of an installed skill. */
export const checkSchema = z.enum([
  "path-exists",
  "target-resolves",
  "is-symlink",
  "content-present",
  "content-matches",
]);

const verify = z.strictObject({
  enabled: described(z._default(z.boolean(), true), "False: nothing is checked."),
  checks: described(z.optional(z.array(checkSchema)), "The checks; by install mode when absent."),
});

const aliasTable = z.strictObject({
  name: described(z.clone(skillId), "The name in the front matter of the installed copy."),
});

const skillTable = z.strictObject({
  id: described(z.optional(skillId), "Unique; the name of the skill's directory."),
  name: described(z.optional(skillId), "Name in a registry; also the id when there is none."),
  version: described(
    z.optional(
      z.string().check(
        rule("INVALID_SEMVER", (range) =>
          isVersionRange(range) ? null : 'this is not a version range such as "^2.0", "1.4.2" or ">=1 <3"',
        ),
        z.meta({ pattern: VERSION_RANGE.source }),
      ),
    ),
    "Range of versions to take from the registry; any when absent.",
  ),
  registry: described(z.optional(z.string()), "The registry to ask; all of them by priority when absent."),
  priority: described(z._default(integer(-1_000_000), 0), "Higher is synced sooner."),
  enabled: described(z._default(z.boolean(), true), "False: its links are removed, its entry stays."),
  groups: described(
    z._default(z.array(z.string().check(z.regex(GROUP_NAME, GROUP_NAME_FORM))), []),
    "The groups it belongs to; a skill in none is wanted on every machine.",
  ),
  source: described(z.prefault(sourceSchema, {}), "Where the skill comes from."),
  install: described(
    z.prefault(z.strictObject({ mode: described(z.optional(modeSchema), "Link to the store, or copy.") }), {}),
    "How it is installed.",
  ),
  alias: described(
    z.optional(aliasTable),
    "Install a copy whose SKILL.md has another name; its directory keeps the id.",
  ),
  targets: described(
    z.optional(z.array(targetSchema).check(z.minLength(1))),
    "The agents that get the skill; those of [defaults] when absent.",
  ),
  verify: described(z.prefault(verify, {}), "What is checked after an install."),
  safety: described(
    z.prefault(
      z.strictObject({
        no_exec_metadata_only: described(
          z._default(z.boolean(), false),
          "True: only read its metadata; do not install it.",
        ),
      }),
      {},
    ),
    "Caution with what a skill may run.",
  ),
});

/** One `[[skills]]` table. `readSkills` reports a missing id or name with a message of its own. */
export const skillSchema = described(
  skillTable.check(z.meta({ anyOf: [{ required: ["id"] }, { required: ["name"] }] })),
  "One skill: an id and a source, or the name it has in a registry.",
);

/** The same without invalid fields. */
export const incompleteSkillSchema = () =>
  z.extend(skillTable, {
    targets: z.optional(z.array(incompleteTargetSchema())),
    alias: z.optional(z.partial(aliasTable)),
    // eslint-disable-next-line promise/valid-params -- it is zod's
    groups: z.catch(skillTable.shape.groups, []),
    // eslint-disable-next-line promise/valid-params -- it is zod's
    verify: z.prefault(z.extend(verify, { checks: z.catch(verify.shape.checks, undefined) }), {}),
  });

export type SkillDocument = z.output<ReturnType<typeof incompleteSkillSchema>>;
