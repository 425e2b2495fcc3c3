import * as z from "zod/mini";
import { coded, rule } from "../format/coded-issues.js";
import { integer, refName, skillId, subpath } from "../format/fields.js";
import { isVersionRange, VERSION_RANGE } from "../names/version-range.js";
import { ENVIRONMENT, EXPECTED_ENVIRONMENT, parseEnvironment } from "../targets/target-environment.js";
import type { TargetEnvironment } from "./manifest.js";

/** The scope of skills: the user's, or the project's. */
export const scopeSchema = z.enum(["global", "project"]);
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

const source = z.strictObject({
  repo: z
    .optional(z.string())
    .check(
      z.describe("https, ssh, git@host:path, file://, owner/repo on GitHub, or a local path; never a password in it."),
    ),
  ref: z.optional(refName).check(z.describe("Branch, tag or full commit; the remote's default branch when absent.")),
  subpath: z.optional(subpath).check(z.describe("Directory of the skill inside the repository; its root when absent.")),
  allow_insecure: z
    ._default(z.boolean(), false)
    .check(z.describe("Allow http:// and git:// to a host that is not this machine.")),
});

const environment = z.pipe(
  z.string().check(
    rule("INVALID_ENVIRONMENT", (text) => (ENVIRONMENT.test(text) ? null : EXPECTED_ENVIRONMENT)),
    z.meta({ pattern: ENVIRONMENT.source }),
  ),
  z.transform((text): TargetEnvironment => parseEnvironment(text) ?? { kind: "local" }),
);

const target = z.strictObject({
  agent: z.string().check(z.describe('An agent\'s id such as "claude-code", or "custom" for a path of your own.')),
  scope: z
    .optional(scopeSchema)
    .check(z.describe("Whose skills: the user's, or the project's; the manifest's scope when absent.")),
  path: z
    .optional(z.string())
    .check(z.describe('The agent\'s skills directory, when it is not the usual one; required for "custom".')),
  environment: z
    .prefault(environment, "local")
    .check(z.describe('Where the directory is: "local", "docker:NAME" or "ssh:HOST".')),
});

const verify = z.strictObject({
  enabled: z._default(z.boolean(), true).check(z.describe("False: nothing is checked.")),
  checks: z.optional(z.array(checkSchema)).check(z.describe("The checks; by install mode when absent.")),
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
  source: z.prefault(source, {}).check(z.describe("Where the skill comes from.")),
  install: z
    .prefault(
      z.strictObject({ mode: z._default(modeSchema, "symlink").check(z.describe("Link to the store, or copy.")) }),
      {},
    )
    .check(z.describe("How it is installed.")),
  targets: z
    .array(target.check(z.describe("One agent, and where it looks for skills.")))
    .check(z.minLength(1), z.describe("The agents that get the skill; at least one [[skills.targets]] with an agent.")),
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

/** The same without invalid fields, so that required fields may be missing. */
export const incompleteSkillSchema = z.partial(
  z.extend(skillTable, {
    targets: z.array(z.partial(target, { agent: true })),
    // eslint-disable-next-line promise/valid-params -- it is zod's
    verify: z.prefault(z.extend(verify, { checks: z.catch(verify.shape.checks, undefined) }), {}),
  }),
  { targets: true },
);

export type SkillDocument = z.output<typeof incompleteSkillSchema>;
export type SourceDocument = z.output<typeof source>;
export type TargetDocument = NonNullable<SkillDocument["targets"]>[number];
