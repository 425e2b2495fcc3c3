import { sweepLeftovers } from "../workspace/sweep-leftovers.js";
import { withRepositories } from "../run/with-repositories.js";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { RegistryIndex } from "../manifest/registry/registry-index.js";
import { cancellation } from "../reactor/task-failure.js";
import { LONGEST_TIMER_MS } from "../reactor/attempt.js";
import { runTasks } from "../reactor/run-tasks.js";
import { type Task } from "../reactor/task.js";
import { openStore } from "../store/store.js";
import { readStoredIndex } from "../store/stored-index.js";
import type { RunContext } from "../run/run-context.js";
import { deniedRegistries } from "../policy/require-allowed.js";
import { syncRegistry, type RegistryStatus } from "./sync-registry.js";

export type RegistryUpdate = { status: RegistryStatus } | { error: EdenError };

/**
 * The indexes that are fetched before they are read: missing ones and those with `auto_update`, or
 * all; with `all`, an old index is used after a failure.
 */
export type Refresh = "missing" | "all" | "all or fail";

/** Indexes by registry, or why one is unavailable. */
export interface OpenIndexes {
  indexes: ReadonlyMap<string, RegistryIndex | EdenError>;
  /** Registries whose old index is used because they could not be reached. */
  old: { registry: string; error: EdenError }[];
  /** Registries that were just requested, with any result. */
  asked: ReadonlySet<string>;
}

/** The names of registries in the order in which they answer: by priority, then by name. */
export function registriesInOrder({ registries }: Pick<Manifest, "registries">): string[] {
  const priority = (name: string) => registries[name]?.priority ?? 0;
  return Object.keys(registries)
    .toSorted()
    .toSorted((a, b) => priority(b) - priority(a));
}

/**
 * Updates the indexes of registries in parallel, within the concurrency and the deadline. One
 * failure never stops another.
 */
export async function updateRegistries(
  context: RunContext,
  manifest: Manifest,
  names: readonly string[],
): Promise<Map<string, RegistryUpdate>> {
  const { clock, signal, settings } = context;
  const { deadlineMs } = settings;
  if (names.length === 0) return new Map();
  const late = new AbortController();
  const expire = () =>
    late.abort(new EdenError("FETCH_TIMEOUT", `not done within the deadline of ${(deadlineMs ?? 0) / 1000} s`));
  const callOff = deadlineMs === null ? () => {} : clock.after(Math.min(deadlineMs, LONGEST_TIMER_MS), expire);
  const within = AbortSignal.any([signal, late.signal]);
  try {
    return await updateAll(context, manifest, names, within);
  } catch (error) {
    if (!within.aborted) throw error;
    return new Map(names.map((name) => [name, { error: cancellation(within.reason) }]));
  } finally {
    callOff();
  }
}

async function updateAll(
  context: RunContext,
  manifest: Manifest,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, RegistryUpdate>> {
  const { host, clock, emit } = context;
  context.step("registries");
  const updates = new Map<string, RegistryUpdate>();
  for (const [name, error] of await deniedRegistries(manifest, names)) updates.set(name, { error });
  const store = openStore(manifest.storageRoot);
  const leave = await store.runs.enter(manifest.path, { clock, signal });
  try {
    await sweepLeftovers(manifest, { clock, signal });
    await withRepositories(context, store, signal, async (repositories) => {
      const access = { repositories, store, home: host.home, clock };
      const tasks = names.flatMap((name): Task<RegistryStatus>[] => {
        const registry = manifest.registries[name];
        if (registry === undefined || updates.has(name)) return [];
        const { host: remote } = registry.source;
        const key = `registry ${name}`;
        emit({ type: "repository", at: clock.now(), task: key, name: key, host: remote, isRemote: true, skills: [] });
        return [
          {
            key,
            priority: registry.priority,
            ...(remote !== "" && { host: remote }),
            run: async (stop) => await syncRegistry(access, name, registry, stop),
            ended: (outcome) =>
              void updates.set(name, outcome.status === "done" ? { status: outcome.value } : { error: outcome.error }),
          },
        ];
      });
      await runTasks(tasks, { ...context.taskRules, signal });
    });
    return updates;
  } finally {
    leave();
  }
}

/**
 * Opens indexes after fetching those that `refresh` requires; nothing is fetched with --offline.
 */
export async function openIndexes(
  context: RunContext,
  manifest: Manifest,
  names: readonly string[],
  refresh: Refresh,
): Promise<OpenIndexes> {
  const { registries } = manifest;
  const { home } = context.host;
  const denied = await deniedRegistries(manifest, names);
  const opened = new Map(names.map((name) => [name, storedIndex(manifest, home, name)]));
  const isWanted = (name: string) =>
    refresh !== "missing" || registries[name]?.autoUpdate === true || opened.get(name) === null;
  const { offline } = context.settings;
  const updates = offline ? new Map() : await updateRegistries(context, manifest, names.filter(isWanted));
  const indexes = new Map<string, RegistryIndex | EdenError>();
  const old: OpenIndexes["old"] = [];
  for (const name of names) {
    const denial = denied.get(name);
    if (denial !== undefined) {
      indexes.set(name, denial);
      continue;
    }
    const update: RegistryUpdate | undefined = updates.get(name);
    const failure = update !== undefined && "error" in update ? unreachable(name, update.error) : null;
    const index = update === undefined || failure !== null ? opened.get(name) : storedIndex(manifest, home, name);
    if (failure !== null && (index == null || refresh === "all or fail")) indexes.set(name, failure);
    else indexes.set(name, index ?? notHere(name));
    if (failure !== null && index instanceof RegistryIndex && refresh !== "all or fail")
      old.push({ registry: name, error: failure });
  }
  return { indexes, old, asked: new Set(updates.keys()) };
}

/**
 * The index of a registry from its last fetch: its problem, or null if there is no complete index.
 */
export function storedIndex(manifest: Manifest, home: string, name: string): RegistryIndex | EdenError | null {
  const settings = manifest.registries[name];
  if (settings === undefined) return null;
  const stored = readStoredIndex(openStore(manifest.storageRoot).indexPath(name, settings.source));
  if (stored === null) return null;
  try {
    return RegistryIndex.open(name, settings.source, stored.files, home);
  } catch (error) {
    if (error instanceof EdenError) return error;
    throw error;
  }
}

/** The error for an index that was never fetched. */
export function notHere(name: string): EdenError {
  return new EdenError(
    "OFFLINE_MISS",
    `the index of registry ${name} is not on this machine, and --offline allows no fetch`,
    {
      stage: "resolve",
      hint: "Run `eden-skills registry update` without --offline.",
    },
  );
}

/** Faults of a registry keep their codes; all connection failures become one code. */
function unreachable(name: string, error: EdenError): EdenError {
  if (KEPT.has(error.code)) return error;
  const message = `the index of registry ${name} could not be fetched: ${error.code}: ${error.message}`;
  return new EdenError("REGISTRY_UNREACHABLE", message, { ...error.facts, stage: "resolve" }, error);
}

const KEPT = new Set([
  "REGISTRY_INVALID",
  "UNSUPPORTED_VERSION",
  "POLICY_DENIED",
  "CANCELLED",
  "GIT_MISSING",
  "DISK_FULL",
  "PERMISSION_DENIED",
]);
