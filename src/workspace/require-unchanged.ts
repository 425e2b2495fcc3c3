import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { readTextIfExists } from "../system/read-files.js";
import type { ManifestPlace } from "./manifest-place.js";

/** @throws EdenError `MANIFEST_CHANGED` if a manifest changed since it was read. */
export function requireUnchanged({ manifest, text, mark, isNew }: { manifest: Manifest } & ManifestPlace): void {
  const now = readTextIfExists(manifest.path);
  if (now === (isNew ? null : `${mark}${text}`)) return;
  throw new EdenError("MANIFEST_CHANGED", `${manifest.path} was changed during this run`, {
    hint: "Run the command again.",
  });
}
