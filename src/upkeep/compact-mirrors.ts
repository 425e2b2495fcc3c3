import { join } from "node:path";
import { EdenError } from "../errors.js";
import { compactMirror, hasManyPacks } from "../git/compact-mirror.js";
import { isMirrorName, mirrorNamed, type Mirror } from "../git/mirror.js";
import { gitFinder } from "../run/git-finder.js";
import { bytesFreed } from "../store/freed-bytes.js";
import type { Store } from "../store/store.js";
import { listDirectory } from "../system/read-files.js";
import { ifFree, type CleanContext } from "./if-free.js";
import type { Retention } from "./retention.js";

/** The mirrors that are worth compacting and stay; none that an active run may use. */
export function grownMirrors(store: Store, retention: Retention): Mirror[] {
  return listDirectory(join(store.root, "mirrors"))
    .filter((name) => isMirrorName(name))
    .map((name) => mirrorNamed(store.root, name))
    .filter(({ directory }) => retention.hasMirror(directory) && retention.commitsIn(directory) !== null)
    .filter(hasManyPacks);
}

/**
 * Compacts mirrors to what is pinned. One that another process uses, or that git cannot read, stays
 * as it is.
 * @returns the bytes that this freed.
 * @throws the signal's reason when aborted.
 */
export async function compactMirrors(
  context: CleanContext,
  store: Store,
  mirrors: readonly Mirror[],
  retention: Retention,
): Promise<number> {
  if (mirrors.length === 0) return 0;
  const { signal } = context;
  const staging = store.openStaging();
  const find = gitFinder({ ...context, emit: () => {} }, staging, signal);
  let freed = 0;
  try {
    for (const mirror of mirrors) {
      const before = bytesFreed([mirror.directory]);
      try {
        const commits = retention.commitsIn(mirror.directory) ?? new Set();
        await ifFree(
          context,
          mirror.lockPath,
          async () => await compactMirror(await find(signal), mirror, commits, signal),
        );
      } catch (error) {
        if (!(error instanceof EdenError)) throw error;
      }
      freed += before - bytesFreed([mirror.directory]);
    }
  } finally {
    staging.dispose();
  }
  return freed;
}
