import type { Repository } from "./git-repository.js";

/** One entry of a tree, written as it stands: any mode, any name, any order. */
export interface RawTreeEntry {
  /** Octal, as git stores it: `100644`, `40000`, `120000`, `160000`, or nonsense. */
  mode: string;
  name: string | Buffer;
  /** Object id of what it names. */
  id: string;
}

/** Writes an object without any check (`hash-object --literally`) and returns its id. */
export async function writeObject(
  repository: Repository,
  type: "blob" | "tree" | "commit" | "tag",
  content: string | Buffer,
): Promise<string> {
  return repository.git(["hash-object", "-t", type, "--literally", "-w", "--stdin"], content);
}

/** Writes a tree whose entries may be what git itself would never write: `..`, `.git`, duplicates, slashes. */
export async function writeTree(repository: Repository, entries: readonly RawTreeEntry[]): Promise<string> {
  const bytes = entries.flatMap(({ mode, name, id }) => [
    Buffer.from(`${mode} `),
    Buffer.from(name),
    Buffer.from([0]),
    Buffer.from(id, "hex"),
  ]);
  return writeObject(repository, "tree", Buffer.concat(bytes));
}

/** Makes `branch` (default `main`) a root commit of a tree; returns the commit's id. */
export async function commitTree(repository: Repository, tree: string, branch = "main"): Promise<string> {
  const who = "Ada Author <ada@example.com> 1700000000 +0000";
  const text = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nA tree made by hand\n`;
  const id = await writeObject(repository, "commit", text);
  await repository.git(["update-ref", `refs/heads/${branch}`, id]);
  return id;
}
