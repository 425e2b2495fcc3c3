import { join } from "node:path";
import type { Manifest } from "../manifest/document/manifest.js";
import { followLinks } from "../system/follow-links.js";
import { acquireLock, type LockOptions } from "../system/lock.js";
import { nameOfPath } from "../system/path-name.js";

type Place = Pick<Manifest, "path" | "storageRoot">;

/**
 * Runs a function while no other process changes the data of a manifest: its text, its lockfile,
 * the records of its targets.
 */
export async function withManifestLock<T>(place: Place, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
  return await withLock("manifest", place, options, work);
}

/**
 * Runs an install while no other one runs for the same manifest: each starts from the result of the
 * previous one.
 */
export async function withInstallLock<T>(place: Place, options: LockOptions, work: () => Promise<T>): Promise<T> {
  return await withLock("install", place, options, work);
}

async function withLock<T>(
  kind: "manifest" | "install",
  { path, storageRoot }: Place,
  options: LockOptions,
  work: () => T | Promise<T>,
): Promise<T> {
  // A link and its destination are one manifest.
  const name = nameOfPath(followLinks(path).place);
  const release = await acquireLock(join(storageRoot, "locks", `${kind}-${name}.lock`), options);
  try {
    return await work();
  } finally {
    release();
  }
}
