import { applyRun, deployRun } from "../apply/pipeline.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { Installed } from "../run/installed.js";
import type { Diagnostic, Report } from "../run/report.js";
import type { RunContext } from "../run/run-context.js";
import { readTextIfExists } from "../system/read-files.js";
import { removeThroughLinks, writeThroughLinks } from "../system/write-through.js";
import type { Job } from "../workspace/job.js";
import { lookAtMachine, type Machine } from "../workspace/machine.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import type { ManifestPlace } from "../workspace/manifest-place.js";
import { lookAtRemotes } from "../workspace/remote-places.js";
import { requireUnchanged } from "../workspace/require-unchanged.js";
import { decideInstall } from "./decide-install.js";

/** The change of the manifest. */
export interface ManifestChange {
  place: ManifestPlace;
  /** True if skills that cannot be installed are left out; else they prevent the others. */
  isLenient: boolean;
  /** The manifest with these skills of the run, and its text without a byte order mark. */
  editedFor(ids: readonly string[]): Promise<{ text: string; manifest: Manifest }>;
}

/**
 * Installs skills together with the change of the manifest: both or none. The manifest is written
 * when all syncs succeeded and no target is in conflict, or, if the change is lenient, for the
 * skills where this holds. If a target still fails, manifest, lockfile and targets are restored.
 * @param job the new skills only, with the new manifest.
 */
export async function installTransaction(
  context: RunContext,
  job: Job,
  { place, isLenient, editedFor }: ManifestChange,
): Promise<Installed> {
  const { manifest } = job;
  const lockfile = readTextIfExists(manifest.lockfilePath);
  let written: { ids: readonly string[]; text: string } | null = null;
  const ifUnchanged = async <T>(work: () => T) =>
    await withManifestLock(manifest, context.lock(manifest.path), () => {
      requireUnchanged(place);
      return work();
    });
  const write = async (ids: readonly string[]) => {
    const edited = await editedFor(ids);
    const text = `${place.mark}${edited.text}`;
    await ifUnchanged(() => writeThroughLinks(manifest.path, text));
    written = { ids, text };
    return edited.manifest;
  };
  const { host, settings } = context;
  const lookAgain = async (seen: Machine) =>
    await ifUnchanged(() => lookAtMachine(seen.manifest, host.home, settings.force, seen.remote));
  const report = await applyRun(context, job, async (_, synced) => {
    return await decideInstall(context, synced, { isLenient, write, lookAgain });
  });
  const { ids, text } = (written as { ids: readonly string[]; text: string } | null) ?? { ids: [], text: null };
  if (text === null || wentWell(report, ids, job)) return { report, installed: [...ids] };
  if (await undo(context.undoing(), job, place, { text, lockfile })) return { report, installed: [] };
  const left = leftAsItIs(manifest.path);
  context.notice(left);
  return { report: { ...report, diagnostics: [...report.diagnostics, left] }, installed: [] };
}

/** True if these skills are installed, whatever the result of the others. */
function wentWell(report: Report, ids: readonly string[], { notices }: Job): boolean {
  if (report.exit_code === 0) return true;
  const known = notices.filter((event) => event.type === "notice" && event.severity === "error").length;
  const errors = report.diagnostics.filter(({ severity }) => severity === "error").length;
  const done = new Set(["installed", "unchanged", "metadata_only"]);
  const isThere = ({ id, status }: Report["skills"][number]) => !ids.includes(id) || done.has(status);
  return report.outcome !== "cancelled" && errors === known && report.skills.every(isThere);
}

/**
 * Undoes the install in an order in which every target always belongs to a manifest: the text of
 * the manifest, the targets, the lockfile.
 * @param left manifest and lockfile: the text of the one as this run wrote it, of the other before
 *   the run. A manifest that was changed since must not be lost: then nothing is undone.
 * @returns false if nothing was undone.
 */
async function undo(
  context: RunContext,
  { scope }: Job,
  { manifest, text, mark, isNew }: ManifestPlace,
  left: { text: string; lockfile: string | null },
): Promise<boolean> {
  const before = `${mark}${text}`;
  const ifStill = async (expected: string, work: () => void) =>
    await withManifestLock(manifest, context.lock(manifest.path), () => {
      if (readTextIfExists(manifest.path) !== expected) return false;
      work();
      return true;
    });
  if (!(await ifStill(left.text, () => writeThroughLinks(manifest.path, before)))) return false;
  const { host, settings } = context;
  const found = lookAtMachine(manifest, host.home, settings.force);
  const remote = await lookAtRemotes(
    context.remoteRules,
    { manifest, state: found.state, lockfile: found.found.lockfile },
    scope,
  );
  try {
    const machine = remote === null ? found : lookAtMachine(manifest, host.home, settings.force, remote);
    await deployRun(context, { machine, selected: [], scope, former: [], versions: new Map() });
  } finally {
    await remote?.close();
  }
  await ifStill(before, () => {
    const { lockfile } = left;
    if (lockfile === null) removeThroughLinks(manifest.lockfilePath);
    else if (readTextIfExists(manifest.lockfilePath) !== lockfile) writeThroughLinks(manifest.lockfilePath, lockfile);
    if (isNew) removeThroughLinks(manifest.path);
  });
  return true;
}

function leftAsItIs(path: string): Diagnostic {
  return {
    code: "MANIFEST_CHANGED",
    severity: "error",
    stage: "manifest",
    message: `${path} was changed during this run, and is left as it is, with the new skills in it`,
    hint: "Run `eden-skills apply` to try again, or `eden-skills remove` to take the new skills out.",
  };
}
