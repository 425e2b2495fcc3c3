import * as z from "zod/mini";
import { rule } from "../format/coded-issues.js";
import { described } from "../format/described.js";
import { formatVersion, integer, size, skillId } from "../format/fields.js";
import { AUDIT_RULES, SEVERITIES } from "../names/audit-words.js";
import { sourceGlobProblem } from "../names/glob-text.js";
import { didYouMean } from "../names/nearest-word.js";
import { POLICY_RULES } from "./policy-document.js";

const globs = () => z.optional(z.array(z.string().check(rule("INVALID_GLOB", sourceGlobProblem))));

/** An empty list of `allow` allows nothing. */
const lists = (what: string) =>
  z.optional(
    z.strictObject({
      allow: described(globs(), `Only these ${what}; all when absent.`),
      deny: described(globs(), `None of these ${what}, even if \`allow\` has them.`),
    }),
  );

/** `licenseProblems` checks the names. */
const licenses = z.strictObject({
  allow: described(z.optional(z.array(z.string())), 'Only these; a licence that is not known only with "unknown".'),
  deny: described(z.optional(z.array(z.string())), "None of these, even if `allow` has them."),
});

const AGE = /^(\d{1,4})([dh])$/u;

/** Milliseconds, written `3d` or `12h`. */
const age = z.pipe(
  z.string().check(z.regex(AGE, 'not an age: write "3d" or "12h"')),
  z.transform((text) => {
    const [, number, unit] = AGE.exec(text) ?? [];
    return Number(number) * (unit === "d" ? 24 : 1) * 3_600_000;
  }),
);

const path = () => z.optional(z.string().check(z.regex(/\S/u, "names no file")));

const signatures = z
  .strictObject({
    allowed_signers: described(path(), "An allowed-signers file of ssh, relative to this file."),
    gpg_home: described(path(), "A home directory of gpg, relative to this file; every key in it counts."),
  })
  .check(
    rule<{ allowed_signers?: string | undefined; gpg_home?: string | undefined }>("MISSING_FIELD", (keys) =>
      keys.allowed_signers === undefined && keys.gpg_home === undefined
        ? "missing: `allowed_signers`, `gpg_home`, or both"
        : null,
    ),
  );

/** A severity or a rule of audit. */
const finding = z.string().check(
  rule("INVALID_TYPE", (word) => {
    const known: readonly string[] = [...SEVERITIES, ...AUDIT_RULES];
    return known.includes(word) ? null : `neither a severity nor a rule of audit${didYouMean(word, known)}`;
  }),
);

const budgets = z.strictObject({
  skills_per_agent: described(z.optional(integer()), "Skills that one agent gets, in the order of the manifest."),
  skill_bytes: described(z.optional(size(Number.MAX_SAFE_INTEGER)), "Bytes of the files of one skill."),
  total_bytes: described(
    z.optional(size(Number.MAX_SAFE_INTEGER)),
    "Bytes of the files of all skills together, in the order of the manifest.",
  ),
});

function isDay(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/u.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

const waiver = z.strictObject({
  skill: described(z.clone(skillId), "The id of the skill."),
  rule: described(z.enum(POLICY_RULES), "The rule that is waived for it."),
  reason: described(z.string().check(z.regex(/\S/u, "a waiver gives its reason")), "Why."),
  expires: described(
    z.string().check(rule("INVALID_TYPE", (text) => (isDay(text) ? null : 'not a day: write "2027-01-31"'))),
    "The last day on which the waiver holds, in UTC.",
  ),
});

const rules = {
  sources: described(lists("sources"), "Hosts, organisations, repositories and directories of skills."),
  registries: described(lists("registries"), "Registries that may be asked, by their address."),
  sites: described(lists("sites"), "Sites that may be asked, by their address."),
  min_age: described(
    z.optional(age),
    'The least age of a commit, such as "3d": since its date, and since it was first seen on this machine.',
  ),
  signatures: described(
    z.optional(signatures),
    "Commits, or the tags that name them, are signed by one of these keys.",
  ),
  licenses: described(z.optional(licenses), 'Licences of SPDX that skills have, such as "Apache-2.0"; or "unknown".'),
  deny_findings: described(
    z.optional(z.array(finding)),
    'Findings of audit that a skill must not have: rules, or severities, such as "high" for high and critical.',
  ),
  budgets: described(z.optional(budgets), "Limits of the number and size of skills."),
  waivers: described(z.optional(z.array(waiver)), "Exceptions from this policy for single skills."),
};

/** `[policy]` of a manifest. */
export const manifestPolicySchema = z.strictObject({
  extends: described(
    z.optional(z.string().check(z.regex(/\S/u, "names no file"))),
    "A policy file of the team, which holds as well: a path, or ADDRESS//PATH#REF for a file in a repository.",
  ),
  ...rules,
});

/** A policy file: that of a team, and `~/.eden-skills/policy.toml`. */
export const policyFileSchema = described(
  z.strictObject({
    version: described(z.clone(formatVersion), "The version of the format, 1."),
    waivable: described(
      z.optional(z.array(z.enum(POLICY_RULES))),
      "The rules of this file that waivers in the other files may waive; none when absent.",
    ),
    ...rules,
  }),
  "What skills may come from. It holds besides the policy of the manifest.",
);
