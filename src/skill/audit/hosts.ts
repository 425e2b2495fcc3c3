/**
 * The hosts in a text (in URLs and in `git@host:path`), each with the offset of its first mention.
 * International names are in ASCII.
 */
export function hostsIn(text: string): Map<string, number> {
  const hosts = new Map<string, number>();
  if (!text.includes("://") && !text.includes("git@")) return hosts;
  for (const match of text.matchAll(
    /\b(?:https?|wss?|ftps?|ssh|git):\/\/([^\s/?#"'<>()`\\]{1,300})|\bgit@([A-Za-z0-9.-]{1,253}):/g,
  )) {
    const authority = match[1] ?? match[2] ?? "";
    const host = hostOf(authority.slice(authority.lastIndexOf("@") + 1));
    if (host !== null && !hosts.has(host)) hosts.set(host, match.index);
  }
  return hosts;
}

function hostOf(authority: string): string | null {
  // Prose appends punctuation to an address, and templates insert braces.
  const trimmed = authority.replace(/[.,;:!*}|]{1,20}$/u, "");
  const written = trimmed.startsWith("[") ? trimmed : trimmed.replace(/\]{1,20}$/u, "");
  if (!URL.canParse(`http://${written}`)) return null;
  const { hostname } = new URL(`http://${written}`);
  return /^[a-z0-9.[\]:_-]{1,253}$/.test(hostname) ? hostname : null;
}
