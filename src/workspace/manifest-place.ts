import { join } from "node:path";
import { findManifest, userManifestPath } from "../manifest/document/find-manifest.js";
import { newManifest } from "../manifest/document/new-manifest.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { currentHost } from "../system/host.js";
import { lstatIfExists, placeOf, statIfExists } from "../system/read-files.js";
import { textOf } from "./edit-manifest.js";
import { interpretManifest } from "./load-manifest.js";
import type { RunOptions } from "../run/options.js";
import { requireKnown } from "../system/known-directory.js";

/** An existing manifest, or one that a command creates. */
export interface ManifestPlace {
  manifest: Manifest;
  /** Its text without a byte order mark. */
  text: string;
  mark: string;
  isNew: boolean;
}

/**
 * The manifest that a command changes: the one it finds; else a new one: of `--config`,
 * `./skills.toml` for the project, or the user's.
 * @throws EdenError as `loadManifest` for an existing invalid one.
 */
export async function manifestPlace(options: RunOptions, isProject: boolean): Promise<ManifestPlace> {
  const { manifest: config, host = currentHost() } = options;
  const found = isProject && config === undefined ? null : findManifest({ ...host, config }, isThere);
  const named = found?.path ?? (isProject ? requireKnown(join(host.cwd, "skills.toml")) : userManifestPath(host));
  const path = placeOf(named);
  // A broken link leads to the file to write.
  const isNew = statIfExists(path) === null;
  const { text, mark } = isNew ? { text: newManifest(isProject ? "project" : "global"), mark: "" } : textOf(path);
  const { manifest, warnings } = await interpretManifest(Buffer.from(`${mark}${text}`), path, options);
  for (const warning of warnings) options.warn?.(warning);
  return { manifest, text, mark, isNew };
}

function isThere(path: string): boolean {
  return lstatIfExists(path) !== null;
}
