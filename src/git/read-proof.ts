import type { WantedTree } from "./list-trees.js";
import type { ObjectSource } from "./object-reader.js";

/** Maximum bytes of the commit and the trees of a proof. */
const MOST_BYTES = 512 * 1024;

/**
 * The commit and the trees on the way to one of its directories, without that directory: they prove
 * that the commit has it.
 * @returns null if one is missing, or they are too large together.
 * @throws EdenError `FETCH_CORRUPT`.
 */
export async function readProof(reader: ObjectSource, { commit, subpath }: WantedTree): Promise<Buffer[] | null> {
  const parts = subpath === "." ? [] : subpath.split("/");
  const above = parts.map((_, depth) =>
    depth === 0 ? `${commit}^{tree}` : `${commit}:${parts.slice(0, depth).join("/")}`,
  );
  const names = [commit, ...above];
  if (names.some((name) => name.includes("\n"))) return null;
  const objects: Buffer[] = [];
  let bytes = 0;
  await reader.read(names, {
    missing: () => {},
    accepts: ({ type, size, index }) => {
      bytes += size;
      return bytes <= MOST_BYTES && type === (index === 0 ? "commit" : "tree");
    },
    take: (_, content) => void objects.push(Buffer.from(content)),
  });
  return objects.length === names.length ? objects : null;
}
