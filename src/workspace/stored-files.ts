import { join } from "node:path";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { SkillFile } from "../skill/skill-tree.js";
import { openStore } from "../store/store.js";
import { readBeginning } from "../system/read-files.js";
import { readStored } from "./read-snapshot.js";

/** A content of the store, under any of its ids. */
export interface StoredFiles {
  directory: string;
  files: SkillFile[];
}

/** Null if the store does not have the content as it was. */
export function storedFiles(manifest: Manifest, tree: string): StoredFiles | null {
  const store = openStore(manifest.storageRoot);
  const [id] = store.idsOf(tree);
  if (id === undefined || store.readyEntry(tree, id) === null) return null;
  try {
    return { directory: store.entryDirectory(tree, id), files: readStored(manifest, tree, id).files };
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}

/** What stored files can do, as `capabilitiesOf` lists it. */
export async function storedCapabilities({ directory, files }: StoredFiles): Promise<string[]> {
  const { capabilitiesOf, MOST_EXAMINED } = await import("../skill/audit/capabilities.js");
  return await capabilitiesOf(beginningsOf(directory, files, MOST_EXAMINED + 1));
}

/** The files without links, one by one: a skill may be larger than what fits into memory. */
function* beginningsOf(directory: string, files: readonly SkillFile[], most: number) {
  for (const file of files)
    if (file.mode !== "120000") yield { ...file, content: readBeginning(join(directory, file.path), most) };
}
