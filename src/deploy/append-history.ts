import { isDeepStrictEqual } from "node:util";
import { errorCode, errorMessage } from "../errors.js";
import { parseLockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import type { RecordedChange } from "../store/history-record.js";
import { readTextIfExists } from "../system/read-files.js";
import type { RunContext } from "../run/run-context.js";
import { sha256Hex } from "../system/sha256.js";
import { openStore } from "../store/store.js";

/** The result of a run. */
export interface LeftState {
  manifest: Manifest;
  home: string;
  /**
   * The text of the lockfile before the run, for the first record of a history; null if there was
   * none.
   */
  before: string | null;
  after: string | null;
  /** All checked targets. */
  items: readonly PlanItem[];
  /** The changed ones. */
  changed: readonly PlanItem[];
}

/**
 * True if the newest record has these texts of manifest and lockfile. Also true for an empty
 * history: a run that changes nothing does not start one. What is done in an image has no history.
 */
export function isInHistory({ storageRoot, path, digest, root }: Manifest, lockfile: string | null): boolean {
  if (root !== undefined) return true;
  const newest = openStore(storageRoot).history(path).newest();
  return newest === null || (sha256Hex(newest.manifest) === digest && newest.lockfile === lockfile);
}

/**
 * Records the result of a run if it is new; call it with the manifest's lock held. Never throws: a
 * failure is only a warning of the run.
 */
export function appendHistory(context: RunContext, left: LeftState): void {
  const { manifest, after, changed } = left;
  if (manifest.root !== undefined) return;
  try {
    const history = openStore(manifest.storageRoot).history(manifest.path);
    const newest = history.newest();
    const manifestText = readTextIfExists(manifest.path) ?? "";
    if (changed.length === 0 && newest?.manifest === manifestText && newest.lockfile === after) return;
    history.append({
      at: context.clock.date().toISOString(),
      command: context.command,
      manifest: manifestText,
      lockfile: after,
      skills: changesOf({ ...left, before: newest === null ? left.before : newest.lockfile }),
    });
  } catch (error) {
    warnOfHistory(context, error);
  }
}

/** Warns that a state could not be recorded. */
export function warnOfHistory(context: RunContext, error: unknown): void {
  const message = `this state is not in the history: ${errorMessage(error)}`;
  context.notice({ severity: "warning", code: errorCode(error) ?? "INTERNAL", stage: "history", message });
}

/** By id: the changes of a skill's targets, or else of its entry. */
function changesOf({ manifest, home, before, after, items, changed }: LeftState): RecordedChange[] {
  const entries = (text: string | null) => {
    const parsed = parseLockfile(text ?? "", { manifestDirectory: manifest.directory, home });
    return new Map("problem" in parsed ? [] : parsed.lockfile.skills.map((skill) => [skill.id, skill]));
  };
  const [old, now] = [entries(before), entries(after)];
  const isChanged = new Set(changed.map(({ skillId }) => skillId));
  const actions = new Map<string, Set<PlanItem["action"]>>();
  for (const { skillId, action } of items) actions.set(skillId, (actions.get(skillId) ?? new Set()).add(action));
  const changes: RecordedChange[] = [];
  for (const id of new Set([...isChanged, ...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(id), now.get(id)];
    let change: RecordedChange["change"] | null = null;
    if (isChanged.has(id)) {
      const every = (action: PlanItem["action"]) => actions.get(id)?.size === 1 && actions.get(id)?.has(action);
      change = every("remove") ? "removed" : every("create") ? "created" : "updated";
    } else if (!isDeepStrictEqual(was, is)) {
      const isGone = is === undefined || (is.targets.length === 0 && (was?.targets.length ?? 0) > 0);
      change = isGone ? "removed" : was === undefined ? "created" : "updated";
    }
    const commit = change === "removed" ? "" : (is?.resolvedCommit ?? "");
    if (change !== null) changes.push({ id, change, commit: commit === "" ? null : commit });
  }
  return changes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
