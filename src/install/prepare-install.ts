import type { DiscoveredSkill, LeftOut } from "../source/discovery.js";
import type { LookedAt } from "./looked-at.js";
import type { Problem } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { inRun } from "../run/run-context.js";
import { currentHost } from "../system/host.js";
import { editedManifest } from "./edited-manifest.js";
import { chosenOf } from "./chosen-skills.js";
import { lookAtSource, takesWhatItCan, type CompleteRequest } from "./install-request.js";
import { wantedOf, type Wanted } from "./add-to-manifest.js";
import { isSkillAsked, pickAgents } from "./pick-agents.js";
import { manifestPlace, type ManifestPlace } from "../workspace/manifest-place.js";
import type { RunOptions } from "../run/options.js";
import { select } from "../workspace/select.js";

/** A source after discovery, and the wanted skills. */
export interface ChosenSource {
  /** The manifest at that time. */
  manifest: Manifest;
  opened: LookedAt;
  chosen: DiscoveredSkill[];
  /** Skills that share an id, without those that discovery left out. */
  left: LeftOut[];
  /** True if a skill that cannot be installed is left out; false if it prevents the others. */
  isLenient: boolean;
  /** The agents that the user has chosen, in place of those found here; or null. */
  agents: string[] | null;
}

/**
 * Reads the source and chooses skills. Changes only the mirror.
 * @throws EdenError if the source cannot be read, or the choice is ambiguous.
 */
export async function chooseFromSource(options: RunOptions, request: CompleteRequest): Promise<ChosenSource> {
  const { manifest } = await manifestPlace(options, request.project);
  const start = { command: "install", manifest, options };
  const opened = await inRun(start, async (context) => await lookAtSource(context, manifest, request));
  const isLenient = takesWhatItCan(request, options);
  const isAsked = isSkillAsked(request, opened);
  const agents = await pickAgents(request, manifest, options.host ?? currentHost(), isAsked);
  const found = await chosenOf(request, opened, isLenient);
  if (isAsked || agents !== null) {
    const skills = found.chosen.map(({ id }) => id);
    await request.picker?.confirm({ skills, targets: agents ?? request.targets, manifest: manifest.path });
  }
  return { manifest, opened, ...found, isLenient, agents };
}

/** An install before anything is changed. */
export interface PreparedInstall {
  place: ManifestPlace;
  wanted: Wanted;
  /** The new manifest. */
  edited: { manifest: Manifest; warnings: Problem[] };
  /** The wanted skills in it. */
  selected: ManifestSkill[];
}

/** Computes the new manifest from the current one. @throws EdenError if it would be invalid. */
export async function prepareInstall(
  options: RunOptions,
  request: CompleteRequest,
  source: ChosenSource,
): Promise<PreparedInstall> {
  const host = options.host ?? currentHost();
  const place = await manifestPlace(options, request.project);
  const wanted = await wantedOf(place, host, request, source);
  const { opened } = source;
  const edited = await editedManifest(options, place, wanted, [...opened.skills, ...opened.unlisted]);
  return { place, wanted, edited, selected: select(edited.manifest, { ids: wanted.ids }) };
}
