import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Manifest } from "../manifest/manifest.js";
import { acquireLock, type LockOptions } from "../system/lock.js";

/** Does something while no other process changes what belongs to a manifest: its text, its lockfile, what is recorded of its targets. */
export async function withManifestLock<T>(
  { path, storageRoot }: Pick<Manifest, "path" | "storageRoot">,
  options: LockOptions,
  work: () => T | Promise<T>,
): Promise<T> {
  const name = createHash("sha256").update(path).digest("hex").slice(0, 32);
  const release = await acquireLock(join(storageRoot, "locks", `manifest-${name}.lock`), options);
  try {
    return await work();
  } finally {
    release();
  }
}
