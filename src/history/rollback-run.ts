import { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill, Problem } from "../manifest/document/manifest.js";
import type { HistoryRecord } from "../store/history-record.js";
import { currentHost } from "../system/host.js";
import { writeThroughLinks } from "../system/write-through.js";
import { syncedVersions } from "../apply/decide.js";
import { applyRun } from "../apply/pipeline.js";
import type { Synced } from "../apply/synced.js";
import type { Decision } from "../deploy/decision.js";
import { replaceLockfile } from "../deploy/replace-lockfile.js";
import { cancelTargets } from "../deploy/report-targets.js";
import { lockedRegistrySkills } from "../registry/locked-skills.js";
import type { RunOptions } from "../run/options.js";
import type { Report } from "../run/report.js";
import type { RunContext } from "../run/run-context.js";
import type { Job } from "../workspace/job.js";
import { interpretManifest } from "../workspace/load-manifest.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import { manifestNotice } from "../workspace/notices.js";
import { pinsOf } from "../workspace/pins.js";
import { openStore } from "../store/store.js";
import { chooseRecord, findHistory, hasTexts, textsOnDisk, type FoundHistory } from "./history.js";

/** An earlier state, and the state that it replaces. */
export interface EarlierState {
  found: FoundHistory;
  record: HistoryRecord;
  /** The earlier manifest. */
  manifest: Manifest;
  warnings: Problem[];
  /** Skills with known content. */
  selected: ManifestSkill[];
}

/**
 * The state of that number, or for null the one before the current.
 * @throws EdenError `UNKNOWN_RECORD`; as `loadManifest` for a manifest that is no longer valid.
 */
export async function earlierState(options: RunOptions, number: number | null): Promise<EarlierState> {
  const host = options.host ?? currentHost();
  const found = await findHistory(options);
  const record = chooseRecord(found, number);
  const { manifest, warnings } = await interpretManifest(
    Buffer.from(record.manifest),
    found.path,
    options,
    record.lockfile,
  );
  const { lockfile } = readLockfile(manifest, host.home, record.lockfile);
  // The lockfile has the earlier repositories of registries.
  const complete = await lockedRegistrySkills(manifest, lockfile, host.home);
  const pins = pinsOf(complete, lockfile);
  const selected = complete.skills.filter(
    ({ id, source, enabled }) => !enabled || source.kind === "directory" || pins.has(id),
  );
  return { found, record, manifest, warnings, selected };
}

/**
 * Restores an earlier state without network: first it checks that all content is available, then it
 * restores the texts of manifest and lockfile, then the targets.
 * @throws EdenError `OFFLINE_MISS` if content is missing, `POLICY_DENIED`, `MANIFEST_CHANGED` if another program was
 *   faster; nothing is changed then.
 */
export async function rollbackRun(context: RunContext, state: EarlierState): Promise<Report> {
  const decide = async (_: RunContext, synced: Synced) => await decideRollback(context, synced, state);
  const report = await applyRun(context, jobOf(state), decide);
  return { ...report, to: state.record.number };
}

/** The job that restores the state: its lockfile counts, whatever is on disk. */
export function jobOf({ manifest, selected, record, warnings }: EarlierState): Job {
  return { manifest, selected, scope: "all", notices: warnings.map(manifestNotice), lockfile: record.lockfile };
}

/** The whole state, after its texts are restored; nothing if the run is interrupted before. */
async function decideRollback(context: RunContext, synced: Synced, state: EarlierState): Promise<Decision | null> {
  const decision = { ...synced, versions: syncedVersions(synced) };
  try {
    context.signal.throwIfAborted();
    requireAll(state, synced.results);
    await restoreTexts(context, state);
  } catch (error) {
    if (!context.signal.aborted) throw error;
    cancelTargets(context, decision, "interrupted");
    return null;
  }
  reportLeftAlone(context, state);
  return decision;
}

function requireAll({ record }: EarlierState, results: Synced["results"]): void {
  const problems = [...results].flatMap(([id, result]): Problem[] =>
    "synced" in result
      ? []
      : [
          {
            code: "OFFLINE_MISS",
            severity: "error",
            path: id,
            message: `state ${record.number} needs it: ${result.error.message}`,
            line: null,
            column: null,
          },
        ],
  );
  if (problems.length === 0) return;
  // A denied skill is not missing: its policy has to be answered.
  const denied = [...results.values()].find((result) => "error" in result && result.error.code === "POLICY_DENIED");
  if (denied !== undefined && "error" in denied) throw denied.error;
  const ids = problems.map(({ path }) => path).join(", ");
  throw new EdenError("OFFLINE_MISS", `content of state ${record.number} is no longer available: ${ids}`, {
    hint: "Nothing was changed. Choose another state, or restore manifest and lockfile from version control and run `eden-skills apply`.",
    problems,
  });
}

/** Records the texts on disk in the history before they are overwritten. */
async function restoreTexts(context: RunContext, { found, record, manifest }: EarlierState): Promise<void> {
  const { path, storageRoot, texts } = found;
  await withManifestLock(manifest, context.lock(path), () => {
    const now = textsOnDisk(path);
    if (now.manifest !== texts.manifest || now.lockfile !== texts.lockfile)
      throw new EdenError("MANIFEST_CHANGED", `${path} or its lockfile was changed during this run`);
    const history = openStore(storageRoot).history(path);
    if (now.manifest !== null && !history.records().some((known) => hasTexts(known, now)))
      history.append({
        at: context.clock.date().toISOString(),
        command: "edited",
        manifest: now.manifest,
        lockfile: now.lockfile,
        skills: [],
      });
    if (record.lockfile !== now.lockfile) replaceLockfile(context, manifest, record.lockfile);
    if (record.manifest !== now.manifest) writeThroughLinks(path, record.manifest);
  });
}

function reportLeftAlone(context: RunContext, { manifest, selected, record }: EarlierState): void {
  const known = new Set(selected.map(({ id }) => id));
  for (const { id: skill } of manifest.skills.filter(({ id }) => !known.has(id))) {
    const message = `state ${record.number} had no pin for it: its targets are left as they are`;
    context.notice({ skill, severity: "info", code: "TARGET_CONFLICT", stage: "install", message });
  }
}
