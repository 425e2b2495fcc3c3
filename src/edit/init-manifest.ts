import { dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { expandPath } from "../manifest/names/expand-path.js";
import { newManifest } from "../manifest/document/new-manifest.js";
import type { RunOptions } from "../run/options.js";
import { currentHost } from "../system/host.js";
import { requireKnown } from "../system/known-directory.js";
import { lstatIfExists, readBytesIfExists } from "../system/read-files.js";
import { writeThroughLinks } from "../system/write-through.js";
import { makeDirectory, writeByRename } from "../system/write-files.js";

/** The result of `init`. */
export interface InitResult {
  /** Absolute path of the new manifest. */
  manifest: string;
  /** Absolute path of the copy of a manifest that was overwritten, or null. */
  backup: string | null;
}

/**
 * Writes a new manifest: the one that the options name, or `./skills.toml`.
 * @param scope the default scope of its targets.
 * @throws EdenError `MANIFEST_EXISTS`, unless `force` is set; then a copy is kept.
 */
export function initManifest(
  { manifest, force, host = currentHost() }: Pick<RunOptions, "manifest" | "force" | "host">,
  scope: "global" | "project",
): InitResult {
  const path =
    manifest === undefined ? requireKnown(join(host.cwd, "skills.toml")) : expandPath(manifest, host.cwd, host.home);
  if (lstatIfExists(path) !== null && force !== true)
    throw new EdenError("MANIFEST_EXISTS", `${path} already exists`, { path });
  makeDirectory(dirname(path));
  const before = readBytesIfExists(path);
  const backup = before === null ? null : `${path}.backup`;
  if (before !== null) writeByRename(`${path}.backup`, before);
  writeThroughLinks(path, newManifest(scope));
  return { manifest: path, backup };
}
