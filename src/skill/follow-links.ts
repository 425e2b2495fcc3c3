/** Maximum length of a chain of links; a longer chain counts as a loop. */
const MOST_STEPS = 8;

/**
 * Limits for the bytes of a link's text and the directories of a path: a hostile source may have
 * many links.
 */
const LONGEST_TEXT = 1024;
const DEEPEST = 256;

/**
 * The destination of a link, through other links, as a path without links; null if it leads out of
 * the source or forms a loop. Does not check that the destination exists.
 * @param path of the link, relative to the root of the source.
 * @param links the text of each link, by path.
 */
export function followLink(path: string, links: ReadonlyMap<string, string>): string | null {
  // The directories from the root to the current one.
  const at: string[] = [];
  let left = path.split("/");
  for (let steps = 0; left.length > 0;) {
    const part = left.shift() ?? "";
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (at.pop() === undefined) return null;
      continue;
    }
    const next = at.length === 0 ? part : `${at.at(-1)}/${part}`;
    const text = links.get(next);
    if (text === undefined) {
      if (at.push(next) > DEEPEST) return null;
      continue;
    }
    steps += 1;
    if (steps > MOST_STEPS || text === "" || text.startsWith("/") || text.length > LONGEST_TEXT) return null;
    left = [...text.split("/"), ...left];
  }
  return at.at(-1) ?? ".";
}
