import { createHash } from "node:crypto";
import { join } from "node:path";
import { contentBelow } from "../skill/files-below.js";
import { fileIdentity } from "../system/file-identity.js";
import { kindOf, lstatIfExists } from "../system/read-files.js";

/**
 * The identity of a copied skill, equal while nothing of it changes: its files by name and
 * identity. Files that running the skill leaves behind do not change it.
 * @throws EdenError when it cannot be read.
 */
export function copyIdentity(directory: string): string {
  const stats = lstatIfExists(directory);
  const hash = createHash("sha256").update(stats === null ? "nothing" : kindOf(stats));
  for (const { path } of contentBelow(directory, false))
    hash.update(`\0${path}\0${fileIdentity(join(directory, path))}`);
  return hash.digest("hex");
}
