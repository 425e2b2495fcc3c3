/**
 * Reads front matter that is not valid YAML line by line, as lenient agents do: a key at the
 * outermost indentation, a colon, and the rest of the line unchanged. Quotes around the value,
 * folded and literal blocks and indented continuation lines are supported. The first of two equal
 * keys counts.
 * @returns texts by key; keys without a text are omitted.
 */
export function readHeadLines(head: string): Map<string, string> {
  return new Map([...entriesOf(head)].toReversed().map(({ name, text }) => [name, text]));
}

/**
 * The position of the text that `readHeadLines` finds for a key, without the blanks around it; null
 * if there is none.
 */
export function findHeadValue(head: string, name: string): [number, number] | null {
  const entry = [...entriesOf(head)].find((one) => one.name === name);
  if (entry === undefined) return null;
  const from = entry.from + (/^[ \t]*/u.exec(head.slice(entry.from))?.[0].length ?? 0);
  return [from, from + head.slice(from, entry.to).trimEnd().length];
}

/** A key with a text, and where the text is. */
interface HeadEntry {
  name: string;
  text: string;
  /** After the colon. */
  from: number;
  /** The end of its last line. */
  to: number;
}

function* entriesOf(head: string): Generator<HeadEntry> {
  const lines = head.split("\n");
  const first = lines.find((line) => line.trim() !== "" && !line.trimStart().startsWith("#")) ?? "";
  const margin = /^[ \t]*/u.exec(first)?.[0] ?? "";
  let position = 0;
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? "";
    const key = keyOf(line, margin);
    const from = position + line.indexOf(":") + 1;
    position += line.length + 1;
    at += 1;
    if (key === null) continue;
    const more: string[] = [];
    for (; at < lines.length && belongsToIt(lines[at] ?? "", margin); at += 1) {
      more.push(lines[at] ?? "");
      position += (lines[at] ?? "").length + 1;
    }
    const text = textOf(key.rest, more);
    if (text !== "") yield { name: key.name, text, from, to: position - 1 };
  }
}

function keyOf(line: string, margin: string): { name: string; rest: string } | null {
  if (!line.startsWith(margin)) return null;
  const colon = line.indexOf(":");
  const name = line.slice(margin.length, colon === -1 ? 0 : colon).trimEnd();
  return /^[A-Za-z][\w-]{0,63}$/u.test(name) ? { name, rest: line.slice(colon + 1).trim() } : null;
}

/** A blank line, or a line with more indentation. */
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

/**
 * Quotes count only around the whole value: with text after the closing quote, the quotes are part
 * of the text.
 */
function unquoted(text: string): string {
  if (/^"(?:[^"\\]|\\.)*"$/u.test(text))
    return text
      .slice(1, -1)
      .replace(/\\(["\\/])/gu, "$1")
      .trim();
  if (/^'(?:[^']|'')*'$/u.test(text)) return text.slice(1, -1).replaceAll("''", "'").trim();
  return text;
}
