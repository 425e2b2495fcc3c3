import { dirname, join } from "node:path";
import { listDirectory } from "../system/read-files.js";
import { removeTree } from "../system/change-trees.js";
import { makeDirectory } from "../system/write-files.js";
import { isTokenDead, processToken } from "../system/identity.js";
import { privateMode } from "../system/private-mode.js";

/** A directory for this run alone, in which entries are prepared. It is created when first used. */
export interface Staging {
  /** A path that does not exist yet. */
  next(): string;
  /** An empty directory to start programs in. */
  emptyDirectory(): string;
  /** Removes it with its content. */
  dispose(): void;
}

let opened = 0;

/**
 * The staging directory of one run, below the given one. Making it sweeps those of processes that
 * have ended.
 */
export function openStaging(root: string): Staging {
  const own = join(root, `${processToken()}.${opened++}`);
  let count = 0;
  let isMade = false;
  const make = () => {
    if (isMade) return;
    makeDirectory(dirname(root), privateMode(dirname(root), 0o700));
    sweep(root);
    makeDirectory(join(own, "empty"), privateMode(own, 0o700));
    isMade = true;
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
