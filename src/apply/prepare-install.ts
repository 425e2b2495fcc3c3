import type { Problem } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/manifest.js";
import type { Host } from "../system/host.js";
import { interpretEdited } from "./edit-manifest.js";
import { lookAtSource, wantedOf, type InstallRequest, type LookedAt, type Wanted } from "./install-request.js";
import { manifestPlace, type ManifestPlace } from "./manifest-place.js";
import type { RunOptions } from "./options.js";
import { select } from "./select.js";

/** An install before anything is changed. */
export interface PreparedInstall {
  place: ManifestPlace;
  opened: LookedAt;
  wanted: Wanted;
  /** The manifest as it is to be. */
  edited: { manifest: Manifest; warnings: Problem[] };
  /** The wanted skills in it. */
  selected: ManifestSkill[];
}

/**
 * Looks at the manifest and the source, chooses, and works out what the manifest is to say. Changes nothing but the mirror.
 * @throws EdenError when the source cannot be looked at, the choice is not clear, or the manifest would be wrong.
 */
export async function prepareInstall(
  options: RunOptions,
  host: Host,
  request: InstallRequest,
): Promise<PreparedInstall> {
  const place = await manifestPlace(options, host, request.project);
  const opened = await lookAtSource(place.manifest, options, host, request);
  const wanted = await wantedOf(place.manifest, place.text, host, request, opened);
  const edited = await interpretEdited(`${place.mark}${wanted.text}`, place.manifest.path, options);
  return { place, opened, wanted, edited, selected: select(edited.manifest, wanted.ids) };
}
