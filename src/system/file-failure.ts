import { randomBytes } from "node:crypto";
import { closeSync, openSync, statSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { EdenError, errorCode } from "../errors.js";

/**
 * A file system failure as one of the diagnostics codes: DISK_FULL, PERMISSION_DENIED, DESCRIPTORS_EXHAUSTED, or FILE_FAILED for whatever else a
 * file system answers. An EdenError is returned as it is; anything that no file system answers is INTERNAL.
 */
export function fileFailure(error: unknown, path: string): EdenError {
  if (error instanceof EdenError) return error;
  const code = errorCode(error) ?? "";
  const about = { path };
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new EdenError(
      "DISK_FULL",
      `no space left for ${path}`,
      { ...about, hint: "Free some space and run the command again." },
      error,
    );
  }
  if (code === "EROFS" || (code === "ENOENT" && onReadOnlyFileSystem(path))) {
    return new EdenError("PERMISSION_DENIED", `the file system of ${path} is read-only`, about, error);
  }
  if (code === "EACCES" || code === "EPERM") {
    return new EdenError(
      "PERMISSION_DENIED",
      `no permission for ${path}`,
      { ...about, hint: "Check its owner and mode." },
      error,
    );
  }
  if (code === "EMFILE" || code === "ENFILE") {
    return new EdenError(
      "DESCRIPTORS_EXHAUSTED",
      `too many open files at ${path}`,
      { ...about, hint: "Raise the limit with `ulimit -n`." },
      error,
    );
  }
  if (code === "ELOOP") return new EdenError("PERMISSION_DENIED", `the links at ${path} go round`, about, error);
  const message = error instanceof Error ? error.message : String(error);
  if (!isSystemError(error)) return new EdenError("INTERNAL", `${path}: ${message}`, about, error);
  const words = /^[A-Z0-9]+: (?<words>[^,]+)/u.exec(message)?.groups?.["words"] ?? message;
  return new EdenError("FILE_FAILED", `${path}: ${words} (${code})`, about, error);
}

/** The failure of a file that nothing closer to it has named; null for any other error. */
export function unnamedFileFailure(error: unknown): EdenError | null {
  if (!isSystemError(error) || /^(?:E(?:CONN|HOST|NET|ADDR|AI_|PIPE|TIMEDOUT)|ENOTCONN)/u.test(error.code)) return null;
  return fileFailure(error, error.path ?? "a file");
}

function isSystemError(error: unknown): error is Error & { code: string; syscall: string; path?: string } {
  return error instanceof Error && "syscall" in error && typeof error.syscall === "string" && "errno" in error;
}

/** Node 20's recursive mkdir answers ENOENT on a read-only file system: try the nearest existing parent instead. */
function onReadOnlyFileSystem(path: string): boolean {
  let parent = dirname(path);
  while (!isThere(parent) && dirname(parent) !== parent) parent = dirname(parent);
  const probe = join(parent, `.eden-tmp-${randomBytes(6).toString("hex")}`);
  try {
    closeSync(openSync(probe, "wx"));
    unlinkSync(probe);
    return false;
  } catch (error) {
    return errorCode(error) === "EROFS";
  }
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** Does something to a path. @throws EdenError instead of what Node throws. */
export function typed<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** Reads something of a path; null when nothing is there. @throws EdenError instead of what Node throws. */
export function orNull<T>(path: string, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return null;
    throw fileFailure(error, path);
  }
}
