import type { DiscoveredSkill, LeftOut } from "../source/discovery.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { currentHost } from "../system/host.js";
import { editedManifest } from "./edited-manifest.js";
import { sourceNotices } from "./install-notices.js";
import { wantedOf } from "./add-to-manifest.js";
import { type CompleteRequest } from "./install-request.js";
import { installTransaction } from "./install-transaction.js";
import { manifestNotice, targetsNotice } from "../workspace/notices.js";
import type { RunOptions } from "../run/options.js";
import { skippedOf } from "./plan-install.js";
import { prepareInstall, type ChosenSource, type PreparedInstall } from "./prepare-install.js";
import type { Report } from "../run/report.js";
import type { RunContext } from "../run/run-context.js";
import { discardFetched, fetchSiteSkills, withSiteSkills, type FetchedSkills } from "../site/site-skills.js";

/** An install after its source was read. */
export interface InstallJob {
  options: RunOptions;
  request: CompleteRequest;
  source: ChosenSource;
}

/**
 * Adds the chosen skills to the manifest and installs them; call it with the lock of installs held.
 * @throws EdenError if the manifest would be invalid, or a site does not have the content of its
 *   index.
 */
export async function installRun(context: RunContext, install: InstallJob): Promise<Report> {
  const { source } = install;
  const { site } = source.opened;
  if (site === undefined) return await installFetched(context, install, null);
  const fetched = await fetchSiteSkills(context, source, site);
  try {
    return await installFetched(context, { ...install, source: { ...source, chosen: fetched.chosen } }, fetched);
  } finally {
    discardFetched(fetched);
  }
}

async function installFetched(
  context: RunContext,
  install: InstallJob,
  fetched: FetchedSkills | null,
): Promise<Report> {
  const { options, request, source } = install;
  const { opened, chosen, isLenient } = source;
  const prepared = await prepareInstall(options, request, source);
  const { place, wanted, edited, selected } = prepared;
  const left = [...source.left, ...(fetched?.left ?? []), ...wanted.left];
  // A user who names skills does not need notices about all others.
  const isNamed = !isLenient && (request.skills.length > 0 || opened.skill !== null);
  const notices = [
    ...edited.warnings.map(manifestNotice),
    ...(wanted.sharing === null ? [] : [targetsNotice(wanted.sharing)]),
    ...sourceNotices(chosen, isNamed ? left : [...opened.skipped, ...left], {
      source: request.source,
      isAll: isLenient,
    }),
  ];
  const job = { manifest: edited.manifest, notices, selected, scope: new Set(wanted.ids) };
  const change = {
    place,
    isLenient,
    editedFor: async (ids: readonly string[]) => await editedFor(install, prepared, ids),
  };
  const { report, installed } = await withSiteSkills(context, fetched, job, async (all) => {
    return await installTransaction(context, all, change);
  });
  const skipped = skippedOf([...opened.skipped, ...left, ...failedOf(chosen, report, installed)]);
  return { ...report, installed, skipped };
}

/** The manifest with some of the wanted skills. */
async function editedFor(
  { options, request, source }: InstallJob,
  { place, wanted, edited }: PreparedInstall,
  ids: readonly string[],
): Promise<{ text: string; manifest: Manifest }> {
  if (ids.length === wanted.ids.length) return { text: wanted.text, manifest: edited.manifest };
  const chosen = source.chosen.filter(({ id }) => ids.includes(id));
  const fewer = await wantedOf(place, options.host ?? currentHost(), request, { ...source, chosen });
  const { skills, unlisted } = source.opened;
  const { manifest } = await editedManifest(options, place, fewer, [...skills, ...unlisted]);
  return { text: fewer.text, manifest };
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
