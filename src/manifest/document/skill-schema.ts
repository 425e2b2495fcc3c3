import * as z from "zod/mini";
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
  enabled: z._default(z.boolean(), true).check(z.describe("False: nothing is checked.")),
  checks: z.optional(z.array(checkSchema)).check(z.describe("The checks; by install mode when absent.")),
});

const aliasTable = z.strictObject({
  name: skillId.check(z.describe("The name in the front matter of the installed copy.")),
});

const skillTable = z.strictObject({
  id: z.optional(skillId).check(z.describe("Unique; the name of the skill's directory.")),
  name: z.optional(skillId).check(z.describe("Name in a registry; also the id when there is none.")),
  version: z
    .optional(
      z.string().check(
        rule("INVALID_SEMVER", (range) =>
          isVersionRange(range) ? null : 'this is not a version range such as "^2.0", "1.4.2" or ">=1 <3"',
        ),
        z.meta({ pattern: VERSION_RANGE.source }),
      ),
    )
    .check(z.describe("Range of versions to take from the registry; any when absent.")),
  registry: z.optional(z.string()).check(z.describe("The registry to ask; all of them by priority when absent.")),
  priority: z._default(integer(-1_000_000), 0).check(z.describe("Higher is synced sooner.")),
  enabled: z._default(z.boolean(), true).check(z.describe("False: its links are removed, its entry stays.")),
  groups: z
    ._default(z.array(z.string().check(z.regex(GROUP_NAME, GROUP_NAME_FORM))), [])
    .check(z.describe("The groups it belongs to; a skill in none is wanted on every machine.")),
  source: z.prefault(sourceSchema, {}).check(z.describe("Where the skill comes from.")),
  install: z
    .prefault(z.strictObject({ mode: z.optional(modeSchema).check(z.describe("Link to the store, or copy.")) }), {})
    .check(z.describe("How it is installed.")),
  alias: z
    .optional(aliasTable)
    .check(z.describe("Install a copy whose SKILL.md has another name; its directory keeps the id.")),
  targets: z
    .optional(z.array(targetSchema).check(z.minLength(1)))
    .check(z.describe("The agents that get the skill; those of [defaults] when absent.")),
  verify: z.prefault(verify, {}).check(z.describe("What is checked after an install.")),
  safety: z
    .prefault(
      z.strictObject({
        no_exec_metadata_only: z
          ._default(z.boolean(), false)
          .check(z.describe("True: only read its metadata; do not install it.")),
      }),
      {},
    )
    .check(z.describe("Caution with what a skill may run.")),
});

/** One `[[skills]]` table. `readSkills` reports a missing id or name with a message of its own. */
export const skillSchema = skillTable.check(
  z.describe("One skill: an id and a source, or the name it has in a registry."),
  z.meta({ anyOf: [{ required: ["id"] }, { required: ["name"] }] }),
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
