import type { Findings } from "./finding.js";
import type { SkillText } from "./skill-text.js";

/**
 * Patterns of secrets; the first group, or the whole match, is the secret. Every repetition is
 * bounded.
 */
const SECRETS: readonly (readonly [string, RegExp])[] = [
  ["an AWS access key", /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g],
  ["a GitHub token", /\bgh[pousr]_[A-Za-z0-9]{30,255}/g],
  ["a GitHub token", /\bgithub_pat_[A-Za-z0-9_]{20,255}/g],
  ["a GitLab token", /\bglpat-[A-Za-z0-9_-]{20,100}/g],
  ["a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10,250}/g],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}\b/g],
  ["a Google API key", /\bAIza[0-9A-Za-z_-]{35}/g],
  ["a Stripe key", /\b[rs]k_live_[0-9A-Za-z]{16,100}/g],
  ["a Slack webhook", /\bhooks\.slack\.com\/services\/T[A-Z0-9]{6,12}\/B[A-Z0-9]{6,12}\/[A-Za-z0-9]{20,30}/g],
  ["a Discord webhook", /\bdiscord(?:app)?\.com\/api\/webhooks\/\d{15,22}\/[A-Za-z0-9_-]{50,80}/g],
  ["a token of a Telegram bot", /\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b/g],
  ["a SendGrid key", /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b/g],
  ["a Hugging Face token", /\bhf_[A-Za-z0-9]{34}\b/g],
  ["a PyPI token", /\bpypi-AgEI[A-Za-z0-9_-]{50,250}/g],
  ["a DigitalOcean token", /\bdo[opr]_v1_[a-f0-9]{64}\b/g],
  ["an Azure storage key", /\bAccountKey=([A-Za-z0-9+/]{86}==)/g],
  [
    "a password in an address",
    /\b[a-z][a-z0-9+]{1,12}:\/\/[^\s:@/"'<>${}]{1,60}:([^\s:@/"'<>${}*]{12,80})@[\w.-]{4,}/g,
  ],
  ["an API key", /\bsk-[A-Za-z0-9_-]{32,200}/g],
  ["a private key", /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g],
  [
    "a secret",
    /(?:api[_-]?key|secret|token|passw(?:or)?d|credential)[A-Za-z_-]{0,20}["']?[ \t]{0,8}(?::|=>?)[ \t]{0,8}["']?([A-Za-z0-9+/_=.~-]{20,200})/gi,
  ],
];

/** SECRET: credentials in a skill. Only the first four characters are reported. */
export function findSecrets(skillText: SkillText, findings: Findings): void {
  const { path: file, text } = skillText;
  const seen = new Set<number>();
  for (const [what, pattern] of SECRETS) {
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? match[0];
      const offset = match.index + match[0].lastIndexOf(value);
      if (seen.has(offset) || isPlaceholder(value) || (match[1] !== undefined && !isRandom(value))) continue;
      seen.add(offset);
      const shown = what === "a private key" ? "" : `: ${value.slice(0, 4)}…`;
      findings.add({
        rule: "SECRET",
        severity: "high",
        file,
        line: skillText.lineOf(offset),
        message: `${what}${shown}`,
      });
    }
  }
}

/** The text with every secret shortened to its first four characters. */
export function maskSecrets(text: string): string {
  return SECRETS.reduce(
    (masked, [, pattern]) =>
      masked.replace(pattern, (whole: string, value: unknown) => {
        const secret = typeof value === "string" ? value : whole;
        if (secret !== whole && !isRandom(secret)) return whole;
        return `${whole.slice(0, whole.length - secret.length)}${secret.slice(0, 4)}…`;
      }),
    text,
  );
}

/** `ghp_xxxxxxxxxxxxxxxx`: one repeated character stands for the secret. */
function isPlaceholder(value: string): boolean {
  return /([xX*0.])\1{7}/.test(value);
}

/**
 * A value that is assigned to a name like `api_key` is a secret if it does not look like a word:
 * letters and several digits, not one repeated character.
 */
function isRandom(value: string): boolean {
  const digits = value.replace(/\D/g, "").length;
  return (
    /[A-Za-z]/.test(value) && digits >= 3 && new Set(value).size >= 10 && !/example|placeholder|your[-_]/i.test(value)
  );
}
