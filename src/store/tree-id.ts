import { createHash } from "node:crypto";
import type { ObjectFormat } from "../manifest/names/object-id.js";

/** git's id of a file's content. */
export function blobId(content: Buffer, format: ObjectFormat): string {
  return objectId("blob", content, format);
}

/** git's id of an object: the hash of `<type> <length>\0<content>`. */
export function objectId(type: "blob" | "tree" | "commit", content: Buffer, format: ObjectFormat): string {
  return createHash(format).update(`${type} ${content.length}\0`).update(content).digest("hex");
}

/** A file as a tree names it; `mode` as git writes it, without leading zeros. */
export interface TreeFile {
  path: string;
  mode: string;
  oid: string;
}

/**
 * git's id of a directory, computed from its files: the hash of `tree <length>\0` and, per entry in
 * git's order, `<mode> <name>\0<id>`. Comparing it with the id in a commit verifies the whole
 * listing. (Empty directories do not exist in git.)
 */
export function treeId(files: readonly TreeFile[], format: ObjectFormat): string {
  const root: Directory = new Map();
  for (const file of files) {
    const parts = file.path.split("/");
    const name = parts.pop() ?? "";
    let directory = root;
    for (const part of parts) {
      let next = directory.get(part);
      if (!(next instanceof Map)) directory.set(part, (next = new Map()));
      directory = next;
    }
    directory.set(name, file);
  }
  return hashDirectory(root, format);
}

type Directory = Map<string, Directory | TreeFile>;

function hashDirectory(directory: Directory, format: ObjectFormat): string {
  // git sorts by bytes, a directory as if its name ended with "/".
  const sorted = [...directory]
    .map(([name, entry]) => ({ name, entry, key: Buffer.from(entry instanceof Map ? `${name}/` : name) }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key));
  const parts = sorted.flatMap(({ name, entry }) => {
    const [mode, oid] = entry instanceof Map ? ["40000", hashDirectory(entry, format)] : [entry.mode, entry.oid];
    return [Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, "hex")];
  });
  return objectId("tree", Buffer.concat(parts), format);
}
