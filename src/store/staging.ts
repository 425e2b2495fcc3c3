import { join } from "node:path";
import { listDirectory } from "../system/read-files.js";
import { removeTree } from "../system/change-trees.js";
import { makeDirectory } from "../system/write-files.js";
import { isTokenDead, processToken } from "../system/identity.js";
import { stagingRoot } from "./layout.js";

/** A directory of this process's own, under `staging/`, in which everything is prepared. Made when it is first asked for. */
export interface Staging {
  /** A path that does not exist yet. */
  next(): string;
  /** An empty directory to start programs in. */
  emptyDirectory(): string;
  /** Removes it with all that is in it. */
  dispose(): void;
}

let opened = 0;

/** The staging directory of one run. Making it sweeps those of processes that are no more. */
export function openStaging(storageRoot: string): Staging {
  const own = join(stagingRoot(storageRoot), `${processToken()}.${opened++}`);
  let count = 0;
  let isMade = false;
  const make = () => {
    if (isMade) return;
    isMade = true;
    makeDirectory(storageRoot, 0o700);
    sweep(stagingRoot(storageRoot));
    makeDirectory(join(own, "empty"), 0o700);
  };
  return {
    next() {
      make();
      return join(own, String(count++));
    },
    emptyDirectory() {
      make();
      return join(own, "empty");
    },
    dispose() {
      if (isMade) removeTree(own);
    },
  };
}

function sweep(root: string): void {
  for (const name of listDirectory(root)) {
    if (isTokenDead(name.replace(/\.\d+$/u, ""))) removeTree(join(root, name));
  }
}
