import { join } from "node:path";
import { listDirectory, makeDirectory, removeTree } from "../system/files.js";
import { isTokenAlive, processIdentity } from "../system/identity.js";
import { stagingRoot } from "./layout.js";

/** A directory of this process's own, under `staging/`, in which everything is prepared. */
export interface Staging {
  /** A path that does not exist yet. */
  next(): string;
  /** An empty directory to start programs in. */
  emptyDirectory: string;
  /** Removes it with all that is in it. */
  dispose(): void;
}

let opened = 0;

/** Opens the staging directory of this run and sweeps those of processes that are no more. */
export function openStaging(storageRoot: string): Staging {
  const root = stagingRoot(storageRoot);
  makeDirectory(storageRoot, 0o700);
  for (const name of listDirectory(root)) {
    if (!isTokenAlive(name.replace(/\.\d+$/u, ""))) removeTree(join(root, name));
  }
  const own = join(root, `${processIdentity().token}.${opened++}`);
  const emptyDirectory = join(own, "empty");
  makeDirectory(emptyDirectory, 0o700);
  let count = 0;
  return { next: () => join(own, String(count++)), emptyDirectory, dispose: () => removeTree(own) };
}
