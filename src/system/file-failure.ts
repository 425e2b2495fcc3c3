import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { EdenError, errorCode } from "../errors.js";
import { isExhausted } from "./exhausted.js";

/**
 * Converts a file system error into a diagnostics code: DISK_FULL, PERMISSION_DENIED,
 * DESCRIPTORS_EXHAUSTED, or FILE_FAILED for every other error of a file system. An EdenError is
 * returned unchanged; other exceptions are INTERNAL.
 */
export function fileFailure(error: unknown, path: string): EdenError {
  if (error instanceof EdenError) return error;
  const code = errorCode(error) ?? "";
  const details = { path };
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new EdenError(
      "DISK_FULL",
      `no space left for ${path}`,
      { ...details, hint: "Free some space and run the command again." },
      error,
    );
  }
  if (code === "EROFS" || (code === "ENOENT" && onReadOnlyFileSystem(path))) {
    return new EdenError("PERMISSION_DENIED", `the file system of ${path} is read-only`, details, error);
  }
  if (code === "EACCES" || code === "EPERM") {
    return new EdenError(
      "PERMISSION_DENIED",
      `no permission for ${path}`,
      { ...details, hint: "Check its owner and mode." },
      error,
    );
  }
  if (isExhausted(error)) {
    return new EdenError(
      "DESCRIPTORS_EXHAUSTED",
      `no descriptors or memory left for ${path} (${code})`,
      { ...details, hint: "Raise the limit with `ulimit -n`, or lower --concurrency." },
      error,
    );
  }
  if (code === "ELOOP") return new EdenError("PERMISSION_DENIED", `the links at ${path} form a loop`, details, error);
  const message = error instanceof Error ? error.message : String(error);
  if (!isSystemError(error)) return new EdenError("INTERNAL", `${path}: ${message}`, details, error);
  const words = /^[A-Z0-9]+: (?<words>[^,]+)/u.exec(message)?.groups?.["words"] ?? message;
  return new EdenError("FILE_FAILED", `${path}: ${words} (${code})`, details, error);
}

/**
 * The failure for a system error that was not converted where it occurred; null for any other
 * error.
 */
export function unnamedFileFailure(error: unknown): EdenError | null {
  if (!isSystemError(error) || /^(?:E(?:CONN|HOST|NET|ADDR|AI_|PIPE|TIMEDOUT)|ENOTCONN)/u.test(error.code)) return null;
  return fileFailure(error, error.path ?? "a file");
}

function isSystemError(error: unknown): error is Error & { code: string; syscall: string; path?: string } {
  return error instanceof Error && "syscall" in error && typeof error.syscall === "string" && "errno" in error;
}

/**
 * On a read-only file system the recursive mkdir of Node 20 fails with ENOENT, so this tests the
 * nearest existing parent.
 */
function onReadOnlyFileSystem(path: string): boolean {
  let parent = dirname(path);
  while (!isThere(parent) && dirname(parent) !== parent) parent = dirname(parent);
  try {
    accessSync(parent, constants.W_OK);
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

/** Runs an operation on a path and converts Node's error. @throws EdenError. */
export function typed<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/**
 * Reads from a path and converts Node's error; null if the path does not exist.
 * @throws EdenError.
 */
export function orNull<T>(path: string, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return null;
    throw fileFailure(error, path);
  }
}
