import type { WantedTree } from "./list-trees.js";
import type { Repository } from "./repository.js";

/** One file of a commit. */
export interface FileIn {
  name: string;
  content: Buffer;
}

/**
 * One small regular file of a commit in the mirror; it is fetched if it is not here.
 * @param isWanted called with the names in a directory; the first wanted one is read.
 * @returns null if there is none, or it is larger than `mostBytes`.
 * @throws as `Repository.fetchContents`.
 */
export async function fileIn(
  repository: Repository,
  place: WantedTree,
  isWanted: (name: string) => boolean,
  mostBytes: number,
): Promise<FileIn | null> {
  const entries = await repository.directory(place);
  const named = entries.map(({ mode, oid, path }) => ({ mode, oid, name: path.toString("utf8") }));
  const entry = named.find(({ mode, name }) => mode.startsWith("100") && isWanted(name));
  if (entry === undefined) return null;
  let file: FileIn | null = null;
  const receiver = {
    accepts: (_: string, size: number) => size <= mostBytes,
    take: (_: string, content: Buffer) => void (file = { name: entry.name, content: Buffer.from(content) }),
  };
  await repository.fetchContents(await repository.read([entry.oid], receiver), receiver);
  return file;
}
