import type { DiscoveredSkill, LeftOut } from "../source/discovery.js";
import type { Installed } from "../run/installed.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { Host } from "../system/host.js";
import { interpretEdited } from "../workspace/edit-manifest.js";
import { sourceNotices } from "./install-notices.js";
import { wantedOf, type InstallRequest } from "./install-request.js";
import { installTransaction } from "./install-transaction.js";
import { manifestNotice, targetsNotice } from "../workspace/notices.js";
import type { RunOptions } from "../run/options.js";
import { skippedOf } from "./plan-install.js";
import { prepareInstall, type ChosenSource, type PreparedInstall } from "./prepare-install.js";
import type { Report } from "../run/report.js";
import type { ApplyInput } from "../run/run-context.js";
import { discardFetched, fetchSiteSkills, withSiteSkills, type FetchedSkills } from "../site/site-skills.js";

/** Does a story as one run. */
export type RunStory = (
  about: Pick<ApplyInput, "manifest" | "notices" | "selected" | "scope">,
  options: RunOptions,
  story: (input: ApplyInput) => Promise<Installed>,
) => Promise<Installed>;

/** What an install is about, its source looked into. */
export interface InstallJob {
  options: RunOptions;
  host: Host;
  request: InstallRequest;
  source: ChosenSource;
}

/**
 * Puts the chosen skills into the manifest and installs them; call it with the lock of installs held.
 * @throws EdenError when the manifest would be wrong, or a site does not have what its index names.
 */
export async function installRun(job: InstallJob, run: RunStory): Promise<Report> {
  const { options, host, source } = job;
  const { opened, chosen, manifest, isLenient } = source;
  if (opened.site === undefined) return await installHad(job, null, run);
  const about = { manifest, options, home: host.home };
  const fetched = await fetchSiteSkills(opened.site, chosen, about, isLenient);
  try {
    return await installHad({ ...job, source: { ...source, chosen: fetched.chosen } }, fetched, run);
  } finally {
    discardFetched(fetched);
  }
}

async function installHad(job: InstallJob, fetched: FetchedSkills | null, run: RunStory): Promise<Report> {
  const { options, host, request, source } = job;
  const { opened, chosen, isLenient } = source;
  const prepared = await prepareInstall(options, host, request, source);
  const { place, wanted, edited, selected } = prepared;
  const left = [...source.left, ...(fetched?.left ?? []), ...wanted.left];
  // Who names skills need not hear of all others.
  const isNamed = !isLenient && (request.skills.length > 0 || opened.skill !== null);
  const notices = [
    ...edited.warnings.map(manifestNotice),
    ...(wanted.sharing === null ? [] : [targetsNotice(wanted.sharing)]),
    ...sourceNotices(chosen, isNamed ? left : [...opened.skipped, ...left], {
      source: request.source,
      isAll: isLenient,
    }),
  ];
  const about = { manifest: edited.manifest, notices, selected, scope: new Set(wanted.ids) };
  const change = { isLenient, editedFor: async (ids: readonly string[]) => await editedFor(job, prepared, ids) };
  const { report, installed } = await run(about, { ...options, atomic: !isLenient }, async (input) => {
    return await withSiteSkills(fetched, input, async (all) => await installTransaction(all, place, change));
  });
  const skipped = skippedOf([...opened.skipped, ...left, ...failedOf(chosen, report, installed)]);
  return { ...report, installed, skipped };
}

/** The manifest with some of the wanted skills. */
async function editedFor(
  { options, host, request, source }: InstallJob,
  { place, wanted, edited }: PreparedInstall,
  ids: readonly string[],
): Promise<{ text: string; manifest: Manifest }> {
  if (ids.length === wanted.ids.length) return { text: wanted.text, manifest: edited.manifest };
  const chosen = source.chosen.filter(({ id }) => ids.includes(id));
  const { text } = await wantedOf(place, host, request, { ...source, chosen });
  const { manifest } = await interpretEdited(`${place.mark}${text}`, place.manifest.path, options);
  return { text, manifest };
}

/** Chosen skills that the run could not install. */
function failedOf(chosen: readonly DiscoveredSkill[], report: Report, installed: readonly string[]): LeftOut[] {
  const reports = new Map(report.skills.map((skill) => [skill.id, skill]));
  return chosen.flatMap(({ id, path }) => {
    const skill = reports.get(id);
    if (skill === undefined || installed.includes(id)) return [];
    const error = skill.diagnostics.find(({ severity }) => severity === "error");
    return [{ path, reason: error?.message ?? `it was not installed: ${skill.status}`, code: error?.code ?? null }];
  });
}
