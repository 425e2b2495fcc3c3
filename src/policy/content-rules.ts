import { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { Policy, PolicyLayer } from "../manifest/policy/policy.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { auditSkill, type SkillAudit } from "../skill/audit/audit-skill.js";
import { SEVERITIES, weighsAtLeast, type Severity } from "../skill/audit/finding.js";
import { openStore } from "../store/store.js";
import { contentsOf, readSnapshot, readStored } from "../workspace/read-snapshot.js";
import { readCommitFacts } from "../store/commit-facts.js";
import { licenseOfDirectory, licenseOfSkill, licenseVerdict, type SkillLicense } from "./license-rules.js";
import { inEachLayer, type RuleVerdict, type Verdict } from "./verdict.js";

/** What the rules ask about the files of a skill. */
interface JudgedContent {
  bytes: number;
  /** Null if no rule asks. */
  audit: SkillAudit | null;
  license: SkillLicense;
}

/** What the policy says about the files of a skill; undecided if they are not here. */
export async function contentVerdicts(
  manifest: Manifest,
  skill: ManifestSkill,
  version: { commit: string; tree: string },
): Promise<Verdict[]> {
  if (!needsContent(manifest.policy)) return [];
  const content = await contentOf(manifest, skill, version);
  return inEachLayer(manifest.policy, (layer) => [
    ...licenseVerdict(layer, content === null ? "undecided" : content.license),
    ...sizeVerdict(layer, content),
    ...findingVerdict(layer, content),
  ]);
}

function needsContent({ layers }: Policy): boolean {
  return layers.some(
    ({ rules: { deny_findings, licenses, budgets } }) =>
      deny_findings !== undefined || licenses !== undefined || budgets?.skill_bytes !== undefined,
  );
}

async function contentOf(
  manifest: Manifest,
  { id, source }: ManifestSkill,
  { commit, tree }: { commit: string; tree: string },
): Promise<JudgedContent | null> {
  const store = openStore(manifest.storageRoot);
  const isStored = tree !== "" && store.readyEntry(tree, id) !== null;
  if (!isStored && source.kind !== "directory") return null;
  try {
    const directory = isStored || source.kind !== "directory" ? store.entryDirectory(tree, id) : directoryOf(source);
    const { files } = isStored ? readStored(manifest, tree, id) : readSnapshot(manifest.limits, directory, () => false);
    const contents = [...contentsOf(directory, files)];
    const bytes = contents.reduce((sum, { content }) => sum + content.length, 0);
    const { layers } = manifest.policy;
    const asks = (rule: "deny_findings" | "licenses") => layers.some(({ rules }) => rules[rule] !== undefined);
    const rootLicense = () =>
      source.kind === "directory"
        ? licenseOfDirectory(source.path)
        : (readCommitFacts(manifest.storageRoot, commit)?.license ?? null);
    return {
      bytes,
      audit: asks("deny_findings") ? await auditSkill(contents) : null,
      license: asks("licenses") ? await licenseOfSkill(contents, rootLicense) : null,
    };
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}

function sizeVerdict({ rules }: PolicyLayer, content: JudgedContent | null): RuleVerdict[] {
  const most = rules.budgets?.skill_bytes;
  if (most === undefined) return [];
  const about = { rule: "budgets", at: ["budgets", "skill_bytes"] } as const;
  if (content === null) return [{ ...about, outcome: "undecided", message: "its files are not here yet" }];
  const isDenied = content.bytes > most;
  const message = `its files have ${content.bytes} bytes, ${isDenied ? "more than" : "at most"} ${most}`;
  return [{ ...about, outcome: isDenied ? "denied" : "allowed", message }];
}

function findingVerdict({ rules }: PolicyLayer, content: JudgedContent | null): RuleVerdict[] {
  const { deny_findings: denied } = rules;
  if (denied === undefined) return [];
  if (content === null)
    return [{ rule: "findings", at: ["deny_findings"], outcome: "undecided", message: "its files are not here yet" }];
  const found = denied.flatMap((word, index): RuleVerdict[] => {
    const isMeant = (rule: string, severity: Severity) =>
      isSeverity(word) ? weighsAtLeast(severity, word) : rule === word;
    const finding = content.audit?.findings.find(({ rule, severity }) => isMeant(rule, severity));
    if (finding === undefined) return [];
    const { rule, severity, file, line, message } = finding;
    const place = `${file}${line === null ? "" : `:${line}`}`;
    const about = { rule: "findings", at: ["deny_findings", index] } as const;
    return [{ ...about, outcome: "denied", message: `audit finds ${rule} (${severity}) in ${place}: ${message}` }];
  });
  if (found.length > 0) return found;
  return [{ rule: "findings", at: ["deny_findings"], outcome: "allowed", message: "audit finds nothing of these" }];
}

function isSeverity(word: string): word is Severity {
  return SEVERITIES.some((one) => one === word);
}
