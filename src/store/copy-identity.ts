import { createHash } from "node:crypto";
import { join } from "node:path";
import { contentBelow } from "../skill/files-below.js";
import { fileIdentity } from "../system/file-identity.js";
import { kindOf, lstatIfExists } from "../system/read-files.js";

/**
 * What tells that a copied skill is the one that was seen: its files by name and identity. What running the skill leaves behind comes and goes
 * without changing it.
 * @throws EdenError when it cannot be looked at.
 */
export function copyIdentity(directory: string): string {
  const stats = lstatIfExists(directory);
  const hash = createHash("sha256").update(stats === null ? "nothing" : kindOf(stats));
  for (const { path } of contentBelow(directory, false))
    hash.update(`\0${path}\0${fileIdentity(join(directory, path))}`);
  return hash.digest("hex");
}
