import { EdenError } from "../errors.js";
import { parseTree } from "../git/list-trees.js";
import { formatOf } from "../manifest/names/object-id.js";
import { objectId } from "../store/tree-id.js";

/** A skill in a commit. */
export interface TreeOfCommit {
  commit: string;
  /** "." for the whole commit. */
  subpath: string;
  tree: string;
}

/**
 * True if objects of git prove that a commit has this tree at this path: the commit, and the trees
 * on the way. Each is checked against its id, so nothing depends on who sent them.
 */
export function provesTree({ commit, subpath, tree }: TreeOfCommit, objects: readonly Buffer[]): boolean {
  const format = formatOf(commit);
  const [top, ...trees] = objects;
  if (top === undefined || objectId("commit", top, format) !== commit) return false;
  const parts = subpath === "." ? [] : subpath.split("/");
  if (trees.length !== parts.length) return false;
  let next = /^tree (?<root>[0-9a-f]+)\n/u.exec(top.subarray(0, 80).toString("latin1"))?.groups?.["root"];
  for (const [index, part] of parts.entries()) {
    const content = trees[index] ?? Buffer.alloc(0);
    if (next === undefined || objectId("tree", content, format) !== next) return false;
    next = directoryIn(content, part, next.length / 2);
  }
  return next === tree;
}

/** The id of a directory in a tree; undefined if there is none of that name. */
function directoryIn(content: Buffer, name: string, idBytes: number): string | undefined {
  try {
    const entries = [...parseTree(content, idBytes)];
    return entries.find(({ mode, path }) => mode === "040000" && path.equals(Buffer.from(name)))?.oid;
  } catch (error) {
    if (error instanceof EdenError) return undefined;
    throw error;
  }
}
