/** Links that are followed one after the other: more are a chain that goes round. */
const MOST_STEPS = 8;

/** Bytes of a link's text and directories of a path that are taken seriously: a hostile source may have many links. */
const LONGEST_TEXT = 1024;
const DEEPEST = 256;

/**
 * Where a link leads, through other links, with no link left in the path; null for what leads out of the source or goes round. Whether
 * anything is there is another question.
 * @param path the link, from the root of the source.
 * @param links the text of each link by its path.
 */
export function followLink(path: string, links: ReadonlyMap<string, string>): string | null {
  // Each directory from the root to where it is now.
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
