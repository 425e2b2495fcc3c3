/**
 * Reads a front matter that is no YAML, line by line, as lenient agents do: a key at the outermost indentation, a colon, and the rest of the
 * line as it stands; quotes around it, folded and literal blocks and further indented lines are understood. Of a key that is there twice the
 * first one counts.
 * @returns texts by key; a key without a text has none.
 */
export function readHeadLines(head: string): Map<string, string> {
  const lines = head.split("\n");
  const first = lines.find((line) => line.trim() !== "" && !line.trimStart().startsWith("#")) ?? "";
  const margin = /^[ \t]*/u.exec(first)?.[0] ?? "";
  const found = new Map<string, string>();
  for (let at = 0; at < lines.length;) {
    const key = keyOf(lines[at] ?? "", margin);
    at += 1;
    if (key === null) continue;
    const more: string[] = [];
    for (; at < lines.length && belongsToIt(lines[at] ?? "", margin); at += 1) more.push(lines[at] ?? "");
    const text = textOf(key.rest, more);
    if (text !== "" && !found.has(key.name)) found.set(key.name, text);
  }
  return found;
}

function keyOf(line: string, margin: string): { name: string; rest: string } | null {
  if (!line.startsWith(margin)) return null;
  const colon = line.indexOf(":");
  const name = line.slice(margin.length, colon === -1 ? 0 : colon).trimEnd();
  return /^[A-Za-z][\w-]{0,63}$/u.test(name) ? { name, rest: line.slice(colon + 1).trim() } : null;
}

/** A blank line, or one that is further indented. */
function belongsToIt(line: string, margin: string): boolean {
  return line.trim() === "" || (line.startsWith(margin) && /^[ \t]/u.test(line.slice(margin.length)));
}

function textOf(rest: string, more: readonly string[]): string {
  const block = /^(?<style>[|>])[-+\d]{0,2}(?:[ \t]+#.*)?$/u.exec(rest)?.groups?.["style"];
  const lines = more.map((line) => line.trim());
  if (block === "|") return lines.join("\n").trim();
  const words = [...(block === undefined ? [rest] : []), ...lines].filter((line) => line !== "").join(" ");
  return words === "~" || words === "null" ? "" : unquoted(words);
}

/** Quotes count only around the whole: what stands behind the second one makes the first one a part of the text. */
function unquoted(text: string): string {
  if (/^"(?:[^"\\]|\\.)*"$/u.test(text))
    return text
      .slice(1, -1)
      .replace(/\\(["\\/])/gu, "$1")
      .trim();
  if (/^'(?:[^']|'')*'$/u.test(text)) return text.slice(1, -1).replaceAll("''", "'").trim();
  return text;
}
