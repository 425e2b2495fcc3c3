import { posix } from "node:path";
import { readAllowedTools } from "../front-matter.js";
import { isSkillFile } from "../skill-file.js";
import { isScript } from "../script.js";
import { isRead, isRunnable, type AuditedFile } from "./audited-file.js";
import { Capabilities } from "./capabilities.js";
import { findCredentialFiles } from "./credential-files.js";
import { findEncodedPayloads } from "./encoded-payloads.js";
import { findExfiltration } from "./exfiltration.js";
import { Findings, type AuditFinding } from "./finding.js";
import { findHiddenCharacters } from "./hidden-characters.js";
import { findHiddenText } from "./hidden-text.js";
import { hostsIn } from "./hosts.js";
import { findOpaque, isMedia } from "./opaque.js";
import { findOutsideWrites } from "./outside-writes.js";
import { findPermissionBypass } from "./permission-bypass.js";
import { findPersistence } from "./persistence.js";
import { findDynamicCommands, findHiddenComments, findPromptOverrides } from "./prompts.js";
import { findRemoteInstructions } from "./remote-instructions.js";
import { findReverseShells } from "./reverse-shells.js";
import { findSecrets, maskSecrets } from "./secrets.js";
import { isBinary, shownName, SkillText } from "./skill-text.js";

/** The result of an audit of a skill's content. */
export interface SkillAudit {
  files: number;
  findings: AuditFinding[];
  /** Paths of scripts and executables. */
  scripts: string[];
  hosts: string[];
  /** From the front matter, sanitized for display. */
  allowedTools: string[];
  /** What the skill can do, as `Capabilities` lists it. */
  capabilities: string[];
}

/**
 * Reads the bytes of a skill, file by file; runs and fetches nothing. The same content gives the
 * same result on every machine; the time is proportional to the size, whatever the content is.
 */
export async function auditSkill(files: Iterable<AuditedFile>): Promise<SkillAudit> {
  const findings = new Findings();
  const scripts: string[] = [];
  const hosts = new Map<string, { file: string; line: number }>();
  const allowedTools: string[] = [];
  const capabilities = new Capabilities();
  let count = 0;
  for (const file of files) {
    count += 1;
    capabilities.add(file);
    if (file.mode === "120000") {
      auditLink(file, findings);
      continue;
    }
    if (isRunnable(file)) {
      scripts.push(file.path);
      const message = file.mode === "100755" ? "an executable file" : "a script";
      findings.add({ rule: "EXECUTABLE", severity: "info", file: file.path, line: null, message });
    }
    const binary = isBinary(file.content);
    if (binary) {
      const message = `binary content of ${file.content.length} bytes`;
      const severity = isMedia(file.content) ? "low" : "medium";
      findings.add({ rule: "OPAQUE", severity, file: file.path, line: null, message });
      if (!isRead(file)) continue;
    }
    const text = new SkillText(file.path, file.content.toString("utf8"));
    auditText(text, file, findings);
    for (const [host, offset] of hostsIn(text.text))
      if (!hosts.has(host)) hosts.set(host, { file: file.path, line: text.lineOf(offset) });
    if (!file.path.includes("/") && isSkillFile(file.path))
      allowedTools.push(...(await auditTools(text, file.content, findings)));
  }
  for (const [host, place] of hosts)
    findings.add({ rule: "HOSTS", severity: "info", ...place, message: `names the host ${host}` });
  return {
    files: count,
    findings: findings.all(),
    scripts,
    hosts: [...hosts.keys()].toSorted(),
    allowedTools,
    capabilities: await capabilities.listing(),
  };
}

/** What looks at every text. */
const FINDERS: readonly ((text: SkillText, findings: Findings) => void)[] = [
  findHiddenCharacters,
  findHiddenText,
  findHiddenComments,
  findEncodedPayloads,
  findRemoteInstructions,
  findExfiltration,
  findReverseShells,
  findPersistence,
  findOutsideWrites,
  findCredentialFiles,
  findSecrets,
  findPermissionBypass,
  findPromptOverrides,
];

function auditText(text: SkillText, { path, content }: AuditedFile, findings: Findings): void {
  for (const find of FINDERS) find(text, findings);
  findOpaque(text, isScript(path, content), findings);
  if (/(?:^|\/)SKILL\.md$/iu.test(path)) findDynamicCommands(text, findings);
}

/** LINK_OUT: a link to something that is not part of the skill. */
function auditLink({ path, content }: AuditedFile, findings: Findings): void {
  const target = content.toString("utf8");
  const to = posix.join(posix.dirname(path), target);
  if (!/^(?:[/\\]|[A-Za-z]:)/u.test(target) && to !== ".." && !to.startsWith("../")) return;
  const message = "leads out of the skill";
  findings.add({ rule: "LINK_OUT", severity: "high", file: path, line: null, message });
}

/** ALLOWED_TOOLS: a permission without a limit. */
async function auditTools(text: SkillText, content: Buffer, findings: Findings): Promise<string[]> {
  const tools = await readAllowedTools(content);
  const line = text.lineOf(Math.max(0, text.text.search(/^allowed-tools/mu)));
  const add = (message: string) =>
    findings.add({ rule: "ALLOWED_TOOLS", severity: "medium", file: text.path, line, message });
  if (tools.some((tool) => /^\*+$/u.test(tool))) add("allows every tool");
  if (tools.some((tool) => /^Bash(?:\(\s*:?\s*\**\s*\))?$/iu.test(tool))) add("allows Bash without a limit");
  return [...new Set(tools.map((tool) => shownName(maskSecrets(tool))))];
}
