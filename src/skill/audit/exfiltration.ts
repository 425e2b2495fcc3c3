import type { Findings } from "./finding.js";
import { findPatterns, type Pattern } from "./pattern.js";
import { SECRET_PLACE } from "./secret-places.js";
import type { SkillText } from "./skill-text.js";

/** What sends bytes to a host. */
const SENDER =
  /\b(?:requests\.(?:post|put|get)|urlopen|http\.client|httpx?\.(?:post|request|put)|axios\b|fetch\s{0,4}\(|sendBeacon|XMLHttpRequest|Net::HTTP|curl\b|wget\b|Invoke-WebRequest|Invoke-RestMethod|scp\s|socket\.socket)/;

const SECRET = `(?:${SECRET_PLACE}|\\.env\\b(?![\\w.]))`;

/** In scripts: something secret and a way to send it. */
const IN_SCRIPTS: readonly Pattern[] = [
  {
    severity: "high",
    message: "reads the whole environment, and sends something to a host",
    pattern:
      /JSON\.stringify\(\s{0,4}process\.env\s{0,4}[,)]|\bdict\(\s{0,4}os\.environ\s{0,4}\)|\bos\.environ\.(?:copy|items)\(|\bENV\.to_(?:h|json|a)\b|\bGet-ChildItem\s{1,4}env:/gi,
    with: SENDER,
  },
  {
    severity: "high",
    message: "names a file that contains credentials, and sends something to a host",
    pattern: new RegExp(SECRET_PLACE, "g"),
    with: SENDER,
  },
];

/** Everywhere. */
const PATTERNS: readonly Pattern[] = [
  {
    severity: "high",
    message: "sends the environment or a file that contains credentials",
    pattern: new RegExp(
      String.raw`(?:(?:^|[;&|(]|\$\()\s{0,8}(?:printenv|env)\b|${SECRET})[^\n]{0,200}?\|[^\n]{0,120}?\b(?:curl|wget|nc|ncat|socat)\b`,
      "gm",
    ),
    with: /\|[^\n]{0,120}?\b(?:curl|wget|nc|ncat|socat)\b/,
  },
  {
    severity: "high",
    message: "uploads a file that contains credentials",
    pattern: new RegExp(String.raw`\bcurl\b[^\n]{0,300}?(?:[@<]|-T\s{1,4})["']?[^\s"']{0,40}?${SECRET}`, "g"),
    with: new RegExp(SECRET),
  },
  {
    severity: "medium",
    message: "names a service that collects what is sent to it",
    pattern:
      /\b(?:webhook\.site|requestbin\.\w|[\w-]{1,60}\.(?:pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)|requestcatcher\.com|beeceptor\.com|oast\.\w{2,6}|interact\.sh|burpcollaborator\.net)|transfer\.sh|discord(?:app)?\.com\/api\/webhooks|api\.telegram\.org\/bot)/gi,
  },
  {
    severity: "medium",
    message: "an image whose address is to be filled with data",
    pattern: /!\[[^\]\n]{0,100}\]\(https?:\/\/[^)\n]{0,300}?[?&/][\w.-]{1,40}=(?:\{|\$|<|%7B|\[|[A-Z_]{3,40}\))/g,
  },
  {
    severity: "medium",
    message: "puts data into the name of a host",
    pattern:
      /\b(?:dig|nslookup|host|ping)\b[^\n]{0,80}?(?:\$\w{1,40}|\$\{\w{1,40}\}|\)|`)\.[a-z0-9-]{1,60}\.[a-z]{2,}/g,
  },
  {
    severity: "medium",
    message: "asks to send something secret to a host",
    pattern: new RegExp(
      String.raw`\b(?:send|upload|post|submit|transmit|forward)\s[^\n]{0,80}?(?:${SECRET}|credentials?|\bkeys?\b|secrets?|passwords?|conversation|environment variables)[^\n]{0,80}?\bto\s{1,5}(?:https?:\/\/)`,
      "gi",
    ),
  },
];

/** EXFILTRATION: what is secret goes to a host. */
export function findExfiltration(text: SkillText, findings: Findings): void {
  findPatterns(text, "EXFILTRATION", text.isDocument ? PATTERNS : [...PATTERNS, ...IN_SCRIPTS], findings);
}
