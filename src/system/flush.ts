import { closeSync, fsync, fsyncSync, openSync } from "node:fs";
import { promisify } from "node:util";
import { errorCode } from "../errors.js";
import { fileFailure } from "./file-failure.js";

const flush = promisify(fsync);

/** fsync of a file or directory, on another thread; skipped if the system does not allow it. */
export async function flushPath(path: string): Promise<void> {
  const descriptor = openToSync(path);
  if (descriptor === null) return;
  try {
    await flushDescriptor(descriptor);
  } catch (error) {
    throw fileFailure(error, path);
  } finally {
    closeSync(descriptor);
  }
}

/** fsync of an open file, on another thread; skipped if the system does not allow it. */
export async function flushDescriptor(descriptor: number): Promise<void> {
  try {
    await flush(descriptor);
  } catch (error) {
    if (!UNSUPPORTED.includes(errorCode(error) ?? "")) throw error;
  }
}

const UNSUPPORTED = ["EINVAL", "EPERM", "ENOTSUP", "EISDIR"];

function openToSync(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (["EISDIR", "EPERM", "EACCES"].includes(errorCode(error) ?? "")) return null;
    throw error;
  }
}

/**
 * fsync of a directory, so that a rename in it survives power loss. Skipped on systems that do not
 * allow it.
 */
export function flushDirectory(path: string): void {
  const descriptor = openToSync(path);
  if (descriptor === null) return;
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!UNSUPPORTED.includes(errorCode(error) ?? "")) throw error;
  } finally {
    closeSync(descriptor);
  }
}
