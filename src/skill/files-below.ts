import { dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { listEntries, type EntryKind } from "../system/read-files.js";
import { isLitter } from "./litter.js";

/** Something in the directory of a skill; a directory only when it could not be read. */
export interface FileBelow {
  /** Within the skill, with `/`. */
  path: string;
  kind: EntryKind;
  isLitter: boolean;
  /** Why a directory could not be read. */
  failure: EdenError | null;
}

/** Everything in a directory but directories, in byte order of each; links are not followed. @throws EdenError when it cannot be read itself. */
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

/** What of a directory is content of the skill. @throws EdenError when a part of it cannot be read. */
export function contentBelow(directory: string, withLitter: boolean): FileBelow[] {
  const files = filesBelow(directory);
  for (const { failure } of files) if (failure !== null) throw failure;
  return withLitter ? files : files.filter((file) => !file.isLitter);
}

/** The directories that hold such files, without the top one, each after the one that holds it. */
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
