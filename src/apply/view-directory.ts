import { join } from "node:path";
import { EdenError } from "../errors.js";
import { listEntries, readBeginning } from "../system/read-files.js";
import { MOST_BYTES, MOST_ENTRIES, type SourceView } from "./source-view.js";

/** A directory of the user's own, as it is now; links in it are not followed. */
export async function viewDirectory<T>(root: string, start: string, use: (view: SourceView) => Promise<T>): Promise<T> {
  const paths: string[] = [];
  // A directory that may not be read, or whose name is not UTF-8, must not hide all others.
  const entriesOf = (directory: string) =>
    directory === "" ? listEntries(root) : (unlessUnreadable(() => listEntries(join(root, directory))) ?? []);
  const visit = (directory: string, depth: number): void => {
    for (const { name, kind } of entriesOf(directory)) {
      const path = directory === "" ? name : `${directory}/${name}`;
      if (kind === "file") paths.push(path);
      else if (kind === "directory" && depth < 10 && name !== ".git" && name !== "node_modules") visit(path, depth + 1);
      if (paths.length > MOST_ENTRIES)
        throw new EdenError("SKILL_UNSAFE", `more than ${MOST_ENTRIES} files lie below it`, { path: root });
    }
  };
  visit("", 0);
  return await use({
    ref: null,
    start,
    paths,
    contentOf: () => null,
    read: async (wanted, most = MOST_BYTES) =>
      new Map(
        wanted.flatMap((path) => {
          const content = unlessUnreadable(() => readBeginning(join(root, path), most));
          return content === null ? [] : [[path, content] as const];
        }),
      ),
  });
}

function unlessUnreadable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EdenError) || error.code === "DESCRIPTORS_EXHAUSTED") throw error;
    return null;
  }
}
