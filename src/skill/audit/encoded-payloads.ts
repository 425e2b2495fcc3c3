import type { Findings } from "./finding.js";
import { findPatterns, type Pattern } from "./pattern.js";
import type { SkillText } from "./skill-text.js";

const DECODERS = /decode|atob|fromCharCode|unhexlify|fromhex|decompress|gzinflate|str_rot13|unescape|Buffer\.from\(/;

const DECODES: readonly Pattern[] = [
  {
    severity: "high",
    message: "what is decoded goes straight into an interpreter",
    pattern:
      /\b(?:base64\s{1,4}(?:-d|-D|--decode)|base32\s{1,4}-d|xxd\s{1,4}(?:-p\s{1,4})?-r|openssl\s{1,4}(?:enc|base64)\b|zcat|gunzip|rev)\b[^\n|]{0,80}\|\s{0,8}(?:sudo\s{1,4})?(?:\/usr)?(?:\/bin\/)?(?:(?:ba|z|da|k)?sh|python3?|node|perl|ruby|php)\b/g,
  },
  {
    severity: "high",
    message: "what is decoded goes straight into an interpreter",
    pattern:
      /(?:\b(?:ba|z|da|k)?sh\s{1,4}-c\s{1,4}|\beval\s{1,4}|\bsource\s{1,4})["']?(?:\$\(|`|<\()[^\n]{0,400}?\b(?:base64\s{1,4}(?:-d|-D|--decode)|xxd\s{1,4}(?:-p\s{1,4})?-r)/g,
    with: /\bbase64\s|\bxxd\s/,
  },
  {
    severity: "high",
    message: "code runs what it decodes",
    pattern:
      /\b(?:exec|eval|execSync|system|Function|loads)\s{0,4}\([^\n]{0,120}?\b(?:b(?:16|32|64|85)decode|a85decode|atob|fromCharCode|decode64|unhexlify|fromhex|decompress|base64_decode|gzinflate|str_rot13|unescape|Buffer\.from\([^\n]{0,300}?["'](?:base64|hex)["'])/g,
    with: DECODERS,
  },
  {
    severity: "high",
    message: "PowerShell gets an encoded command",
    pattern:
      /\b(?:powershell|pwsh)(?:\.exe)?\b[^\n]{0,200}?\s-e(?:c|nc|ncodedcommand)?\s{1,4}["']?[A-Za-z0-9+/=]{16}/gi,
  },
  {
    severity: "high",
    message: "escaped characters go straight into a shell",
    pattern:
      /\b(?:printf|echo)\b[^\n|]{0,20}(?:\\x[0-9a-f]{2}|\\[0-7]{3}){4}[^\n|]{0,1000}\|\s{0,8}(?:ba|z|da|k)?sh\b/gi,
  },
];

const COMMAND =
  /\b(?:curl|wget)\s{1,4}\S|\/dev\/tcp\/|\b(?:ba|z)?sh\s-[ci]\b|\bpowershell\b|\b(?:os\.system|subprocess\.|child_process)|\brm\s-rf\b|ignore\s(?:all\s)?previous/i;

/** ENCODED_PAYLOAD: commands that are encoded so that a reader does not see them. */
export function findEncodedPayloads(text: SkillText, findings: Findings): void {
  findPatterns(text, "ENCODED_PAYLOAD", DECODES, findings);
  for (const { 0: token, index } of text.text.matchAll(/[A-Za-z0-9+/]{24,4000}={0,2}/g)) {
    if (!COMMAND.test(Buffer.from(token, "base64").toString("latin1"))) continue;
    const message = "base64 that contains a command";
    findings.add({ rule: "ENCODED_PAYLOAD", severity: "high", file: text.path, line: text.lineOf(index), message });
  }
}
