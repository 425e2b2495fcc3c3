/** True for a script, by its name or its first line; ignores the executable bit. */
export function isScript(path: string, content: Buffer): boolean {
  return content.subarray(0, 2).toString("latin1") === "#!" || SCRIPT_NAME.test(path);
}

const SCRIPT_NAME =
  /\.(?:sh|bash|zsh|fish|py|rb|pl|php|lua|js|mjs|cjs|ts|mts|ps1|psm1|bat|cmd|vbs|applescript|awk|tcl)$/iu;
