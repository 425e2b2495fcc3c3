import { closeSync, fsync, fsyncSync, openSync } from "node:fs";
import { promisify } from "node:util";
import { errorCode } from "../errors.js";
import { fileFailure } from "./file-failure.js";

const flush = promisify(fsync);

/** fsync of a file or directory, on another thread; skipped if the system does not allow it. */
export async function flushPath(path: string): Promise<void> {
  try {
    const descriptor = openToSync(path);
    if (descriptor === null) return;
    try {
      await flushDescriptor(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** One sync of a directory, for all that asked for it before it began. */
interface SharedFlush {
  hasBegun: boolean;
  done: Promise<void>;
}

/** By path: the newest sync. */
const shared = new Map<string, SharedFlush>();

/**
 * As `flushPath`, for a directory in which many files are renamed: one sync serves all callers whose
 * rename was done before it began.
 * @param sync syncs the directory.
 */
export async function flushTogether(path: string, sync = flushPath): Promise<void> {
  const newest = shared.get(path);
  if (newest?.hasBegun === false) return await newest.done;
  const next: SharedFlush = { hasBegun: false, done: Promise.resolve() };
  shared.set(path, next);
  next.done = afterwards(newest, async () => {
    next.hasBegun = true;
    try {
      await sync(path);
    } finally {
      if (shared.get(path) === next) shared.delete(path);
    }
  });
  await next.done;
}

/** The failure of the sync before is that of its own callers. */
async function afterwards(before: SharedFlush | undefined, work: () => Promise<void>): Promise<void> {
  await before?.done.catch(() => undefined);
  await work();
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
