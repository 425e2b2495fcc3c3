/*
 * The part of a `.gitignore` that is ours:
 *
 *   # eden-skills: what lies between these two lines is written anew by every run
 *   /.gitignore
 *   /web-design
 *   # eden-skills: end
 */

const BEGIN = "# eden-skills: what lies between these two lines is written anew by every run";
const END = "# eden-skills: end";
const ITSELF = ".gitignore";

/** Skill ids: they contain no pattern characters of git. */
const OUR_LINE = /^\/(?<name>\.gitignore|[a-z0-9][a-z0-9._-]{0,63})$/u;

/** The names of targets between our two comment lines; empty if there are none. */
export function managedNames(text: string): string[] {
  return split(text).names;
}

/**
 * Returns the text with exactly these names between our two comment lines, which keep their
 * position, else are appended. Everything else stays; a user's line between ours is moved behind
 * them.
 * @param text one character per byte; "" for a missing file.
 * @returns the text; null if it is empty, so that the file is to be removed.
 */
export function withManagedNames(text: string, names: readonly string[]): string | null {
  const { before, after, isManaged } = split(text);
  if (names.length === 0) {
    if (!isManaged) return text;
    const rest = [...before, ...after].join("");
    return rest.trim() === "" ? null : rest;
  }
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const ours = [BEGIN, `/${ITSELF}`, ...names.toSorted().map((name) => `/${name}`), END].map((line) => line + end);
  const last = before.at(-1);
  const isOpen = last !== undefined && !last.endsWith("\n");
  return [...before, ...(isOpen ? [end] : []), ...ours, ...after].join("");
}

interface Parts {
  /** The user's lines before and after ours, with their line endings. */
  before: string[];
  after: string[];
  names: string[];
  isManaged: boolean;
}

/**
 * Several blocks, as after a manual merge, count as one; a block without an end contains the lines
 * that can be ours.
 */
function split(text: string): Parts {
  const parts: Parts = { before: [], after: [], names: [], isManaged: false };
  let isInside = false;
  for (const line of text.match(/[^\n]*\n|[^\n]+/gu) ?? []) {
    const content = line.trimEnd();
    if (content === BEGIN || content === END) {
      isInside = content === BEGIN;
      parts.isManaged = true;
      continue;
    }
    const name = isInside ? OUR_LINE.exec(content)?.groups?.["name"] : undefined;
    if (name === undefined) (parts.isManaged ? parts.after : parts.before).push(line);
    else if (name !== ITSELF) parts.names.push(name);
  }
  return parts;
}
