import type { AuditRule } from "../../manifest/names/audit-words.js";
import { RULES } from "../../skill/audit/rules.js";
import type { Severity } from "../../skill/audit/finding.js";
import type { AuditReport } from "../../upkeep/audit.js";
import { fingerprintsOf } from "../../upkeep/audit-baseline.js";
import { VERSION } from "../../version.js";
import { formatJson } from "../views/json-view.js";
import { plain } from "./report-problems.js";

const HELP = "https://github.com/eden-skills/eden-skills/blob/main/specs/audit.md";

/** Levels of SARIF, and the number that GitHub makes its own severities of. */
const LEVELS = {
  info: ["note", "0.0"],
  low: ["note", "2.0"],
  medium: ["warning", "5.0"],
  high: ["error", "8.0"],
  critical: ["error", "9.5"],
} as const satisfies Record<Severity, readonly [string, string]>;

const IDS = Object.keys(RULES) as AuditRule[];

/** The findings of an audit as SARIF 2.1.0, as GitHub's code scanning reads it. */
export function auditSarif({ findings, not_audited: left }: AuditReport): string {
  const names = fingerprintsOf(findings);
  const results = findings.map(({ rule, severity, skill_id: skill, file, line, message }, index) => ({
    ruleId: rule,
    ruleIndex: IDS.indexOf(rule),
    level: LEVELS[severity][0],
    message: { text: plain(`${skill}: ${message}`) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: [skill, ...file.split("/")].map(encodeURIComponent).join("/") },
          region: { startLine: line ?? 1 },
        },
      },
    ],
    partialFingerprints: { primaryLocationLineHash: names[index] ?? "" },
    properties: { severity, skill },
  }));
  const notifications = left.map(({ skill_id: skill, reason }) => ({
    level: "error",
    message: { text: plain(`${skill} was not audited: ${reason}`) },
  }));
  const run = {
    tool: {
      driver: {
        name: "eden-skills audit",
        informationUri: "https://github.com/eden-skills/eden-skills",
        semanticVersion: VERSION,
        rules: IDS.map(ruleOf),
      },
    },
    columnKind: "utf16CodeUnits",
    invocations: [{ executionSuccessful: left.length === 0, toolExecutionNotifications: notifications }],
    results,
  };
  const document = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
  return `${formatJson(document)}\n`;
}

function ruleOf(id: AuditRule) {
  const { severity, title, explanation, examples } = RULES[id];
  return {
    id,
    name: id,
    shortDescription: { text: title },
    fullDescription: { text: explanation },
    helpUri: HELP,
    help: { text: [explanation, ...examples.map((example) => `Example: ${example}`)].join("\n") },
    defaultConfiguration: { level: LEVELS[severity][0] },
    properties: { tags: ["security"], "security-severity": LEVELS[severity][1] },
  };
}
