import { sanitize } from "../errors.js";
import { skippedOf } from "../install/plan-install.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { parseInstallSource } from "../manifest/source/install-source.js";
import type { StartOptions } from "../run/options.js";
import type { RunContext } from "../run/run-context.js";
import { select } from "../workspace/select.js";
import { manifestSkill } from "./show-manifest-skill.js";
import { chosenSkill, lookAt } from "./show-source-skill.js";
import type { ShowReport } from "./shown-skill.js";

/**
 * Shows a skill of the manifest, or of a source; fetches it into the store if necessary.
 * @param subject an id in the manifest, else a source as `install` takes it.
 * @param name the skill of a source with several.
 * @throws EdenError `UNKNOWN_SKILL`; as `lookAtSource`; as a sync, if the content cannot be had.
 */
export async function show(
  context: RunContext,
  manifest: Manifest,
  { subject, name }: { subject: string; name: string | null },
): Promise<ShowReport> {
  const known = name === null ? manifest.skills.find(({ id }) => id === subject) : undefined;
  if (known !== undefined) return { ...EMPTY, skill: await manifestSkill(context, manifest, known) };
  requireSource(manifest, subject);
  const opened = await lookAt(context, manifest, subject);
  const isList = name === null && opened.skill === null && opened.skills.length > 1;
  return {
    ...EMPTY,
    skill: isList ? null : await chosenSkill(context, manifest, opened, name),
    skills: opened.skills.map(({ id, description, path }) => ({ name: id, description: sanitize(description), path })),
    skipped: skippedOf(opened.skipped),
  };
}

/** A run only reads here: nothing but the given skill is fetched, and no pin is moved. */
export function showOptions(options: StartOptions): StartOptions {
  const { ids: _ids, groups: _groups, ...rest } = options;
  return { ...rest, frozen: false, force: false };
}

const EMPTY = { schema_version: 1, command: "show", skills: [], skipped: [] } as const satisfies Partial<ShowReport>;

/** A bare name is a skill of the manifest if there are no registries. */
function requireSource(manifest: Manifest, subject: string): void {
  const isName = parseInstallSource(subject).kind === "registry";
  if (isName && Object.keys(manifest.registries).length === 0) select(manifest, { ids: [subject] });
}
