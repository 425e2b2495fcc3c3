import * as z from "zod/mini";
import { rule } from "../format/coded-issues.js";
import { described } from "../format/described.js";
import { formatVersion, skillId } from "../format/fields.js";
import { sourceGlobProblem } from "../names/glob-text.js";

/** What a policy can decide about; also the names that waivers use. */
const POLICY_RULES = ["sources", "registries", "sites"] as const;

export type PolicyRule = (typeof POLICY_RULES)[number];

const globs = () => z.optional(z.array(z.string().check(rule("INVALID_GLOB", sourceGlobProblem))));

/** An empty list of `allow` allows nothing. */
const lists = (what: string) =>
  z.optional(
    z.strictObject({
      allow: described(globs(), `Only these ${what}; all when absent.`),
      deny: described(globs(), `None of these ${what}, even if \`allow\` has them.`),
    }),
  );

const DAY = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/u;

const waiver = z.strictObject({
  skill: described(z.core.clone(skillId), "The id of the skill."),
  rule: described(z.enum(POLICY_RULES), "The rule that is waived for it."),
  reason: described(z.string().check(z.regex(/\S/u, "a waiver gives its reason")), "Why."),
  expires: described(
    z.string().check(z.regex(DAY, 'not a day: write "2027-01-31"')),
    "The last day on which the waiver holds, in UTC.",
  ),
});

const rules = {
  sources: described(lists("sources"), "Hosts, organisations, repositories and directories of skills."),
  registries: described(lists("registries"), "Registries that may be asked, by their address."),
  sites: described(lists("sites"), "Sites that may be asked, by their address."),
  waivers: described(z.optional(z.array(waiver)), "Exceptions from this policy for single skills."),
};

/** `[policy]` of a manifest. */
export const manifestPolicySchema = z.strictObject({
  extends: described(
    z.optional(z.string().check(z.regex(/\S/u, "names no file"))),
    "A policy file of the team, which holds as well.",
  ),
  ...rules,
});

/** A policy file: that of a team, and `~/.eden-skills/policy.toml`. */
export const policyFileSchema = described(
  z.strictObject({
    version: described(z.core.clone(formatVersion), "The version of the format, 1."),
    waivable: described(
      z.optional(z.array(z.enum(POLICY_RULES))),
      "The rules of this file that waivers in the other files may waive; none when absent.",
    ),
    ...rules,
  }),
  "What skills may come from. It holds besides the policy of the manifest.",
);

export type ManifestPolicyDocument = z.output<typeof manifestPolicySchema>;

/** The rules of one layer. */
export type PolicyRules = Omit<z.output<typeof policyFileSchema>, "version">;

export type Waiver = z.output<typeof waiver>;
