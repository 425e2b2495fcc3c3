/** What a policy can decide about; also the names that waivers use. */
export const POLICY_RULES = [
  "sources",
  "registries",
  "sites",
  "min_age",
  "signatures",
  "licenses",
  "findings",
  "budgets",
] as const;

export type PolicyRule = (typeof POLICY_RULES)[number];

/** An exception from a policy for one skill. */
export interface Waiver {
  skill: string;
  rule: PolicyRule;
  reason: string;
  expires: string;
}

/** An empty list of `allow` allows nothing. */
interface Lists {
  allow?: string[] | undefined;
  deny?: string[] | undefined;
}

/** What every policy can have. */
interface CommonRules {
  sources?: Lists | undefined;
  registries?: Lists | undefined;
  sites?: Lists | undefined;
  /** Milliseconds. */
  min_age?: number | undefined;
  signatures?: { allowed_signers?: string | undefined; gpg_home?: string | undefined } | undefined;
  /** Licences of SPDX, or "unknown". */
  licenses?: Lists | undefined;
  deny_findings?: string[] | undefined;
  budgets?:
    | {
        skills_per_agent?: number | undefined;
        skill_bytes?: number | undefined;
        total_bytes?: number | undefined;
      }
    | undefined;
  waivers?: Waiver[] | undefined;
}

/** `[policy]` of a manifest. */
export interface ManifestPolicyDocument extends CommonRules {
  extends?: string | undefined;
}

/** The rules of one layer. */
export interface PolicyRules extends CommonRules {
  waivable?: PolicyRule[] | undefined;
}
