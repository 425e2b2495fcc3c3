import { closeSync, constants, existsSync, openSync, readlinkSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { EdenError } from "../errors.js";
import { typed } from "./file-failure.js";
import { nearestExisting, realPath } from "./read-files.js";
import { createDirectory } from "./write-files.js";

/**
 * Works in a directory, which is created with its parents where it is missing. On Linux the directory is
 * held open, and everything done below the path that `work` receives happens in this directory, even when
 * another program puts a link in its place. Elsewhere the path is the real one, checked just before.
 * @param check throws when nothing may be written to `real`, the real path of the directory or of a parent.
 * @throws EdenError of `check` or `work`, with the path of the directory in its texts.
 */
export async function inDirectory<T>(
  path: string,
  check: (real: string) => void,
  work: (here: string) => T | Promise<T>,
): Promise<T> {
  const held = await holdChecked(path, check);
  try {
    return await work(held.path);
  } catch (error) {
    throw error instanceof EdenError ? renamed(error, held.path, path) : error;
  } finally {
    held.close();
  }
}

/** A directory that was opened; `path` leads to it until it is closed. */
interface Held {
  path: string;
  real: string;
  close(): void;
}

/** Every missing directory is created in a parent that is held and was checked. */
async function holdChecked(path: string, check: (real: string) => void): Promise<Held> {
  const there = nearestExisting(path);
  let held = hold(there);
  try {
    check(held.real);
    for (const name of relative(there, path).split(sep).filter(Boolean)) {
      const below = join(held.path, name);
      await createDirectory(below);
      const next = hold(below);
      held.close();
      held = next;
      check(held.real);
    }
    return held;
  } catch (error) {
    held.close();
    throw error instanceof EdenError ? renamed(error, held.path, held.real) : error;
  }
}

function hold(path: string): Held {
  if (process.platform !== "linux" || !existsSync(DESCRIPTORS)) {
    const real = realPath(path);
    return { path: real, real, close: () => {} };
  }
  const descriptor = typed(path, () => openSync(path, O_PATH | constants.O_DIRECTORY));
  const held = `${DESCRIPTORS}/${descriptor}`;
  return { path: held, real: readlinkSync(held), close: () => closeSync(descriptor) };
}

const DESCRIPTORS = "/proc/self/fd";

/** Linux: opens without the right to read, which a directory need not grant. Node has no name for it. */
const O_PATH = 0o10000000;

function renamed(error: EdenError, from: string, to: string): EdenError {
  const { path, hint } = error.facts;
  return new EdenError(
    error.code,
    error.message.replaceAll(from, to),
    {
      ...error.facts,
      ...(path !== undefined && { path: path.replace(from, to) }),
      ...(hint !== undefined && { hint: hint.replaceAll(from, to) }),
    },
    error.cause,
  );
}
