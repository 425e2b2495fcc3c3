import { dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { listEntries, type EntryKind } from "../system/read-files.js";
import { isLitter } from "./litter.js";

/** An entry in the directory of a skill; a directory is listed only if it is unreadable. */
export interface FileBelow {
  /** Relative to the skill, with `/`. */
  path: string;
  kind: EntryKind;
  isLitter: boolean;
  /** Why a directory is unreadable. */
  failure: EdenError | null;
}

/**
 * Lists files and links in byte order; a directory appears only if it is unreadable. Links are not
 * followed.
 * @throws EdenError if the directory itself is unreadable.
 */
export function filesBelow(directory: string): FileBelow[] {
  const visit = (above: string): FileBelow[] => {
    const entries = listEntries(join(directory, above));
    const isBeside = (name: string) => entries.some((entry) => entry.name === name);
    return entries.flatMap(({ name, kind }) => {
      const path = above + name;
      const file = { path, kind, isLitter: kind === "file" && isLitter(path, isBeside), failure: null };
      if (kind !== "directory") return [file];
      try {
        return visit(`${path}/`);
      } catch (error) {
        if (!(error instanceof EdenError) || error.code === "DESCRIPTORS_EXHAUSTED") throw error;
        return [{ ...file, failure: error }];
      }
    });
  };
  return visit("");
}

/**
 * The entries of a directory that are content of the skill.
 * @throws EdenError if a part of it is unreadable.
 */
export function contentBelow(directory: string, withLitter: boolean): FileBelow[] {
  const files = filesBelow(directory);
  for (const { failure } of files) if (failure !== null) throw failure;
  return withLitter ? files : files.filter((file) => !file.isLitter);
}

/** The directories of such files, except the top one; parents come first. */
export function directoriesOf(files: readonly { path: string }[]): string[] {
  const found = new Set<string>();
  const add = (path: string): void => {
    const parent = dirname(path);
    if (parent === "." || found.has(parent)) return;
    add(parent);
    found.add(parent);
  };
  for (const { path } of files) add(path);
  return [...found];
}
