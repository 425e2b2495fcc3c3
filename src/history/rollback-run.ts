import { EdenError } from "../errors.js";
import { parseLockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill, Problem } from "../manifest/document/manifest.js";
import type { HistoryRecord } from "../store/history.js";
import { currentHost } from "../system/host.js";
import { writeThroughLinks } from "../system/write-through.js";
import type { SkillVersion } from "../run/events.js";
import { chooseRecord, findHistory, isOf, textsOnDisk, type FoundHistory } from "./history.js";
import { cancelAll, installAll, lockManifest } from "../deploy/install-all.js";
import { interpretManifest } from "../workspace/load-manifest.js";
import { readLockfile } from "../workspace/machine.js";
import type { RunOptions } from "../run/options.js";
import { pinsOf } from "../workspace/pins.js";
import { lockedRegistrySkills } from "../registry/registry-skills.js";
import { replaceLockfile } from "../deploy/replace-lockfile.js";
import type { Report } from "../run/report.js";
import type { ApplyInput, Run } from "../run/run-context.js";
import { AT_ONCE } from "../sync/sync-all.js";
import { reportOf, syncRun, type SyncedRun } from "../sync/sync-run.js";
import { openStore } from "../store/store.js";

/** An earlier state, and what it is to take the place of. */
export interface EarlierState {
  found: FoundHistory;
  record: HistoryRecord;
  /** The manifest as it was. */
  manifest: Manifest;
  warnings: Problem[];
  /** Skills whose content is known. */
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
  const { manifest, warnings } = await interpretManifest(Buffer.from(record.manifest), found.path, options);
  const { lockfile } = readLockfile(manifest, host.home, record.lockfile);
  // What a registry once named is in the lockfile.
  const named = await lockedRegistrySkills(manifest, lockfile, host.home);
  const pins = pinsOf(named, lockfile);
  const selected = named.skills.filter(
    ({ id, source, enabled }) => !enabled || source.kind === "directory" || pins.has(id),
  );
  return { found, record, manifest, warnings, selected };
}

/**
 * Brings an earlier state back without network: first everything that it needs is looked for, then the texts of manifest and lockfile are
 * restored, then the targets follow.
 * @throws EdenError `OFFLINE_MISS` when something is lacking, `MANIFEST_CHANGED` when somebody was faster; nothing was changed then.
 */
export async function rollbackRun(given: ApplyInput, state: EarlierState): Promise<Report> {
  const { signal, host, clock, force, strict, concurrency } = given.options;
  const options = { signal, host, clock, force, strict, concurrency, offline: true };
  const input: ApplyInput = { ...given, options: withoutUndefined(options) };
  const synced = await syncRun(input, AT_ONCE, state.record.lockfile);
  const { input: resolved, run, machine, limiter, control, results } = synced;
  const versions = new Map<string, SkillVersion>();
  for (const [id, result] of results) if ("synced" in result) versions.set(id, result.synced.version);
  try {
    run.signal.throwIfAborted();
    requireAll(state, results);
    await restoreTexts(input, run, state);
    tellLeftAlone(run, state);
    await installAll(resolved, run, machine, { limiter, control }, versions);
  } catch (error) {
    if (!run.signal.aborted) throw error;
    cancelAll(run, machine, resolved.selected, versions, "interrupted");
  }
  const before = parseLockfile(state.found.texts.lockfile ?? "", {
    manifestDirectory: state.manifest.directory,
    home: given.host.home,
  });
  const found = { ...machine.found, ...("lockfile" in before && { lockfile: before.lockfile }) };
  const report = reportOf({ ...synced, machine: { ...machine, found } });
  return { ...report, to: state.record.number };
}

function withoutUndefined(options: { [K in keyof RunOptions]: RunOptions[K] | undefined }): RunOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function requireAll({ record }: EarlierState, results: SyncedRun["results"]): void {
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
  const ids = problems.map(({ path }) => path).join(", ");
  throw new EdenError("OFFLINE_MISS", `what state ${record.number} needs is no longer here: ${ids}`, {
    hint: "Nothing was changed. Choose another state, or bring back manifest and lockfile from version control and run `eden-skills apply`.",
    problems,
  });
}

/** What is on the disk is in the history before it is written over. */
async function restoreTexts(
  { clock, host }: ApplyInput,
  run: Run,
  { found, record, manifest }: EarlierState,
): Promise<void> {
  const { path, storageRoot, texts } = found;
  await lockManifest(manifest, run, () => {
    const now = textsOnDisk(path);
    if (now.manifest !== texts.manifest || now.lockfile !== texts.lockfile)
      throw new EdenError("MANIFEST_CHANGED", `${path} or its lockfile was changed while this run was at work`);
    const history = openStore(storageRoot).history(path);
    if (now.manifest !== null && !history.records().some((known) => isOf(known, now)))
      history.append({
        at: clock.date().toISOString(),
        command: "edited",
        manifest: now.manifest,
        lockfile: now.lockfile,
        skills: [],
      });
    if (record.lockfile !== now.lockfile) replaceLockfile(run, manifest, host.home, record.lockfile);
    if (record.manifest !== now.manifest) writeThroughLinks(path, record.manifest);
  });
}

function tellLeftAlone(run: Run, { manifest, selected, record }: EarlierState): void {
  const known = new Set(selected.map(({ id }) => id));
  for (const { id } of manifest.skills.filter((skill) => !known.has(skill.id))) {
    const message = `state ${record.number} had no pin for it: its targets are left as they are`;
    const about = { code: "TARGET_CONFLICT", stage: "install", message, hint: null };
    run.emit({ type: "notice", at: run.clock.now(), skill: id, severity: "info", ...about });
  }
}
