import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { namesPlugin, parseInstallSource } from "../manifest/source/install-source.js";
import type { RunOptions } from "../run/options.js";
import type { RunContext } from "../run/run-context.js";
import { openSite, orSite } from "../site/open-site.js";
import { wantsAll, type Choice } from "../source/choose-skills.js";
import { openPlugin } from "../source/open-plugin.js";
import { openSource } from "../source/open-source.js";
import type { Picker } from "./picker.js";
import { lookInRegistries } from "./look-in-registries.js";
import type { LookedAt } from "./looked-at.js";

/** The request of `install`. */
export interface InstallRequest extends Partial<Omit<Choice, "ask">> {
  /** In any form that the command line takes. */
  source: string;
  ref?: string | null;
  /** The registry to ask for a bare name; left out, all of them by priority. */
  registry?: string | null;
  /** From the command line; if empty, the agents that are installed here. */
  targets?: readonly string[];
  copy?: boolean;
  /** `./skills.toml`, whether it exists or not, and not the manifest that would be found. */
  project?: boolean;
  /** Asks for skills that are not named, and for agents; null without a terminal. */
  picker?: Picker | null;
}

/** The same with its defaults. */
export type CompleteRequest = Required<InstallRequest>;

/** Fills in the defaults. A plugin without named skills is wanted as a whole. */
export function completeRequest(request: InstallRequest): CompleteRequest {
  const choice = { skills: [], all: false, id: null, picker: null };
  const complete = { ref: null, registry: null, targets: [], copy: false, project: false, ...choice, ...request };
  return { ...complete, all: complete.all || (complete.skills.length === 0 && namesPlugin(request.source)) };
}

/**
 * Reads the source.
 * @throws EdenError as `openSource` and `findInRegistries`; `USAGE` for options that contradict the
 *   source.
 */
export async function lookAtSource(
  context: RunContext,
  manifest: Manifest,
  { source, ref, registry, picker, skills, all }: CompleteRequest,
): Promise<LookedAt> {
  if (manifest.policy.team?.repository != null) {
    const { completePolicy } = await import("../policy/team-file.js");
    await completePolicy(context, manifest, { moves: false });
  }
  const parsed = parseInstallSource(source);
  const hasFacts = picker !== null && skills.length === 0 && !all;
  if (parsed.kind === "registry") {
    if (ref !== null) throw new EdenError("USAGE", "--ref: a registry has versions; write NAME@RANGE");
    return await lookInRegistries(context, manifest, parsed, registry);
  }
  if (registry !== null) throw new EdenError("USAGE", "--registry: the source is not a name in a registry");
  if (parsed.kind === "site") {
    if (ref !== null) throw new EdenError("INVALID_REF", "a site has no refs");
    return await openSite(context, manifest, parsed.url);
  }
  if (parsed.kind === "plugin") {
    if (ref !== null) throw new EdenError("USAGE", "--ref: the marketplace has a ref: write PLUGIN@OWNER/REPO#REF");
    return { ...(await openPlugin(context, manifest, parsed)), skill: null };
  }
  if (parsed.kind === "path") {
    const local = ref === null ? parsed : { ...NOTHING, kind: "repository" as const, repo: parsed.path, ref };
    return { ...(await openSource(context, manifest, local, hasFacts)), skill: null };
  }
  if (ref !== null && (parsed.ref !== null || parsed.refAndPath !== null)) {
    throw new EdenError("USAGE", "--ref: the source names a ref already; give one of the two");
  }
  const wanted = { ...parsed, ref: ref ?? parsed.ref };
  const open = async () => ({ ...(await openSource(context, manifest, wanted, hasFacts)), skill: parsed.skill });
  return parsed.maybeSite ? await orSite(context, manifest, wanted, open) : await open();
}

const NOTHING = { subpath: ".", refAndPath: null, skill: null, maybeSite: false };

/** True if a skill that cannot be installed does not prevent the others. */
export function takesWhatItCan(request: CompleteRequest, { atomic }: Pick<RunOptions, "atomic">): boolean {
  return wantsAll(request) && atomic !== true;
}
