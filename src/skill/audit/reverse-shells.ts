import type { Findings } from "./finding.js";
import { findPatterns, type Pattern } from "./pattern.js";
import type { SkillText } from "./skill-text.js";

const message = "gives a shell to another host";

const PATTERNS: readonly Pattern[] = [
  /\b(?:ba|z|k)?sh\b[^\n]{0,60}?[<>]&?\s{0,4}["']?\/dev\/(?:tcp|udp)\//g,
  /\bexec\s{1,4}\d{1,3}<>\s{0,4}["']?\/dev\/(?:tcp|udp)\//g,
  /\b(?:nc|ncat|netcat)\b[^\n]{0,100}?\s-(?:e|c)\s{0,4}["']?(?:\/bin\/)?(?:(?:ba|z|da|k)?sh|cmd|powershell)\b/g,
  /\bmkfifo\b[^\n]{0,200}?\b(?:nc|ncat|netcat|openssl\s{1,4}s_client)\b/g,
  /\bsocat\b[^\n]{0,100}?\bexec:/gi,
].map((pattern) => ({ severity: "critical" as const, message, pattern }));

/** A shell in a program that also connects to a host. */
const IN_PROGRAMS: readonly Pattern[] = [
  {
    severity: "critical",
    message,
    pattern: /\bos\.dup2\s{0,4}\(|\bpty\.spawn\s{0,4}\(/g,
    with: /\bsocket\s{0,4}\(|\.connect\s{0,4}\(/,
  },
  {
    severity: "critical",
    message,
    pattern: /\b(?:exec|spawn|system|popen)\s{0,4}\(?\s{0,4}["'](?:\/bin\/)?(?:ba|z)?sh(?:\s-i)?["']/g,
    with: /\bsocket\s{0,4}\(\s{0,4}[A-Z]|\bnet\.(?:connect|Socket|createConnection)|\bfsockopen\b|\bTCPSocket\b/,
  },
  {
    severity: "critical",
    message,
    pattern: /\b(?:iex|Invoke-Expression)\b/gi,
    with: /Net\.Sockets\.TCPClient/i,
  },
];

/** REVERSE_SHELL: another host gets a shell on this machine. */
export function findReverseShells(text: SkillText, findings: Findings): void {
  findPatterns(text, "REVERSE_SHELL", text.isDocument ? PATTERNS : [...PATTERNS, ...IN_PROGRAMS], findings);
}
