/**
 * The addresses of submodules by path, from a `.gitmodules`; lines that cannot be parsed are
 * skipped.
 * @param content the file's text.
 */
export function readSubmodules(content: string): Map<string, string> {
  const addresses = new Map<string, string>();
  let current: { path?: string; url?: string } = {};
  const keep = () => {
    if (current.path !== undefined && current.url !== undefined) addresses.set(current.path, current.url);
    current = {};
  };
  for (const line of content.split(/\r?\n/u)) {
    if (/^\s*\[/u.test(line)) keep();
    const entry = /^\s*(?<key>path|url)\s*=\s*(?<value>.*?)\s*$/iu.exec(line)?.groups;
    if (entry === undefined) continue;
    const value = (entry["value"] ?? "").replace(/^"(.*)"$/u, "$1");
    if (entry["key"]?.toLowerCase() === "path") current.path = value.replace(/\/+$/u, "");
    else current.url = value;
  }
  keep();
  return addresses;
}
