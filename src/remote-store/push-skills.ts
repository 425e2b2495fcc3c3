import { EdenError } from "../errors.js";
import type { Repositories } from "../git/repositories.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { deniedRemoteStore } from "../policy/require-allowed.js";
import { runTasks } from "../reactor/run-tasks.js";
import type { Task } from "../reactor/task.js";
import { failureKind } from "../run/failure-kind.js";
import type { RunContext } from "../run/run-context.js";
import { withRepositories } from "../run/with-repositories.js";
import { openStore } from "../store/store.js";
import { remoteRegistry } from "./open-remote-store.js";
import { pushedEntry, pushEntry, type Pushing, type StoredSkill } from "./push-entry.js";

/** Milliseconds for one attempt at the skills of one repository. */
const PUSH_TIMEOUT_MS = 300_000;

/** How the push of a skill ended. `present`: it was there. */
export type PushResult = "pushed" | "present" | { error: EdenError };

/**
 * Pushes skills of the local store to the remote store of the manifest, unless it has them.
 * @param ended called for each skill. The failure of one does not stop the others.
 * @throws EdenError `POLICY_DENIED`; of the storage.
 */
export async function pushSkills(
  context: RunContext,
  manifest: Manifest,
  skills: readonly StoredSkill[],
  ended: (skill: StoredSkill, result: PushResult) => void,
): Promise<void> {
  const { remoteStore } = manifest;
  if (remoteStore === null) throw new EdenError("INTERNAL", "there is no remote store");
  const denied = await deniedRemoteStore(manifest);
  if (denied !== null) throw denied;
  const { signal, settings, taskRules } = context;
  await withRepositories(context, openStore(manifest.storageRoot), signal, async (repositories) => {
    const owner = await repositories.ownerSettings(signal);
    const registry = remoteRegistry(context, remoteStore, { owner, stallMs: settings.stallMs });
    const inTurn = turns();
    const tasks = [...bySource(skills)].map(([key, members]): Task<void> => {
      const open = new Set(members);
      const close = (skill: StoredSkill, result: PushResult) => {
        open.delete(skill);
        ended(skill, result);
      };
      return {
        key: `push ${key}`,
        priority: 0,
        run: async (attempt) => {
          const pushing = { registry, manifest, transfer: { signal: attempt } };
          await pushGroup({ ...pushing, repositories, inTurn }, [...open], close);
        },
        ended: (outcome) => {
          if (outcome.status !== "done") for (const skill of open) ended(skill, outcome);
        },
      };
    });
    await runTasks(tasks, { ...taskRules, emit: () => {}, timeoutMs: PUSH_TIMEOUT_MS });
  });
}

function bySource(skills: readonly StoredSkill[]): Map<string, StoredSkill[]> {
  const groups = new Map<string, StoredSkill[]>();
  for (const skill of skills) groups.set(skill.source.key, [...(groups.get(skill.source.key) ?? []), skill]);
  return groups;
}

/**
 * Pushes the skills of one repository.
 * @throws EdenError that may be temporary, or concerns the registry: what is left is tried again,
 *   or fails.
 */
async function pushGroup(
  { repositories, inTurn, ...pushing }: Pushing & { repositories: Repositories; inTurn: Turns },
  skills: readonly StoredSkill[],
  close: (skill: StoredSkill, result: PushResult) => void,
): Promise<void> {
  const missing: StoredSkill[] = [];
  for (const skill of skills) {
    if ((await pushedEntry(pushing, skill)) === "complete") close(skill, "present");
    else missing.push(skill);
  }
  const source = missing[0]?.source;
  if (source === undefined) return;
  await repositories.open(source, { signal: pushing.transfer.signal }, async (repository) => {
    for (const skill of missing) {
      try {
        await inTurn(skill.version.integrity, async () => {
          const before = await pushedEntry(pushing, skill);
          if (before !== "complete") await pushEntry(pushing, repository, skill, before);
        });
        close(skill, "pushed");
      } catch (error) {
        if (!(error instanceof EdenError) || failureKind(error) !== "permanent" || error.code === "FETCH_AUTH")
          throw error;
        close(skill, { error });
      }
    }
  });
}

/** Does work on one content after the other: each adds an origin to what the one before has pushed. */
type Turns = (integrity: string, work: () => Promise<void>) => Promise<void>;

function turns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (integrity, work) => {
    const before = last.get(integrity);
    const turn = Promise.allSettled([before]).then(work);
    last.set(integrity, turn);
    await turn;
  };
}
