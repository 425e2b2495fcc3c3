import type { DiscoveredSkill, LeftOut } from "../source/discovery.js";
import type { LookedAt } from "./looked-at.js";
import type { Problem } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { inRun } from "../run/run-context.js";
import { currentHost } from "../system/host.js";
import { interpretEdited } from "../workspace/edit-manifest.js";
import { chosenOf } from "./chosen-skills.js";
import { lookAtSource, takesWhatItCan, type CompleteRequest } from "./install-request.js";
import { wantedOf, type Wanted } from "./add-to-manifest.js";
import { manifestPlace, type ManifestPlace } from "../workspace/manifest-place.js";
import type { RunOptions } from "../run/options.js";
import { select } from "../workspace/select.js";

/** A source that was looked into, and what is wanted of it. */
export interface ChosenSource {
  /** The manifest as it was then. */
  manifest: Manifest;
  opened: LookedAt;
  chosen: DiscoveredSkill[];
  /** Skills that share an id; what discovery left out is not among them. */
  left: LeftOut[];
  /** True when a skill that cannot be installed is left out, and false when it keeps the others from it. */
  isLenient: boolean;
}

/**
 * Looks into the source and chooses. Changes nothing but the mirror.
 * @throws EdenError when the source cannot be looked at, or the choice is not clear.
 */
export async function chooseFromSource(options: RunOptions, request: CompleteRequest): Promise<ChosenSource> {
  const { manifest } = await manifestPlace(options, request.project);
  const start = { command: "install", manifest, options };
  const opened = await inRun(start, async (context) => await lookAtSource(context, manifest, request));
  const isLenient = takesWhatItCan(request, options);
  return { manifest, opened, ...(await chosenOf(request, opened, isLenient)), isLenient };
}

/** An install before anything is changed. */
export interface PreparedInstall {
  place: ManifestPlace;
  wanted: Wanted;
  /** The manifest as it is to be. */
  edited: { manifest: Manifest; warnings: Problem[] };
  /** The wanted skills in it. */
  selected: ManifestSkill[];
}

/** Works out what the manifest is to say, from what it says now. @throws EdenError when it would be wrong. */
export async function prepareInstall(
  options: RunOptions,
  request: CompleteRequest,
  source: ChosenSource,
): Promise<PreparedInstall> {
  const host = options.host ?? currentHost();
  const place = await manifestPlace(options, request.project);
  const wanted = await wantedOf(place, host, request, source);
  const edited = await interpretEdited(`${place.mark}${wanted.text}`, place.manifest.path, options);
  return { place, wanted, edited, selected: select(edited.manifest, wanted.ids) };
}
