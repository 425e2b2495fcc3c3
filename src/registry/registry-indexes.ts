import { gitFinder } from "../run/git-finder.js";
import { failureKind } from "../run/failure-kind.js";
import { EdenError } from "../errors.js";
import { Repositories } from "../git/repositories.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { RegistryIndex } from "../manifest/registry/registry-index.js";
import { Limiter } from "../reactor/limiter.js";
import { cancellation } from "../reactor/task-failure.js";
import { LONGEST_TIMER_MS } from "../reactor/attempt.js";
import { runTasks } from "../reactor/run-tasks.js";
import { type Task } from "../reactor/task.js";
import { readStoredIndex } from "../store/stored-index.js";
import { systemClock, type Clock } from "../system/clock.js";
import { currentHost, type Host } from "../system/host.js";
import { chooseConcurrency, initialLimit } from "../run/concurrency.js";
import type { RunEvent } from "../run/events.js";
import type { RunOptions } from "../run/options.js";
import { syncRegistry, type RegistryStatus } from "./sync-registry.js";
import { openStore } from "../store/store.js";

/** Whoever asks registries. */
export interface RegistryAccess {
  manifest: Manifest;
  options: RunOptions;
  host: Host;
  clock: Clock;
  signal: AbortSignal;
  emit(event: RunEvent): void;
}

export type RegistryUpdate = { status: RegistryStatus } | { error: EdenError };

/** Which indexes are fetched before they are read: those that are lacking and those that say so, or all, of which a failure may be passed over. */
export type Refresh = "lacking" | "all" | "all or fail";

/** Indexes by registry, or why one cannot be had. */
export interface OpenIndexes {
  indexes: ReadonlyMap<string, RegistryIndex | EdenError>;
  /** Registries whose old index is read because they could not be asked. */
  old: { registry: string; error: EdenError }[];
  /** Registries that were just asked, whatever came of it. */
  asked: ReadonlySet<string>;
}

/** The access that a command without a run of its own has. */
export function registryAccess(manifest: Manifest, options: RunOptions): RegistryAccess {
  const { host = currentHost(), clock = systemClock, signal = new AbortController().signal } = options;
  return { manifest, options, host, clock, signal, emit: () => {} };
}

/** The names of registries in the order in which they answer: by priority, then by name. */
export function registriesInOrder({ registries }: Pick<Manifest, "registries">): string[] {
  const priority = (name: string) => registries[name]?.priority ?? 0;
  return Object.keys(registries)
    .toSorted()
    .toSorted((a, b) => priority(b) - priority(a));
}

/** Updates the indexes of registries, as many at once as the concurrency allows, within the deadline. One failure never stops another. */
export async function updateRegistries(
  access: RegistryAccess,
  names: readonly string[],
): Promise<Map<string, RegistryUpdate>> {
  const { manifest, options, clock, signal } = access;
  if (names.length === 0) return new Map();
  const deadlineMs = options.deadlineMs ?? manifest.reactor.deadlineMs ?? 0;
  const late = new AbortController();
  const expire = () =>
    late.abort(new EdenError("FETCH_TIMEOUT", `not done within the deadline of ${deadlineMs / 1000} s`));
  const callOff = deadlineMs === 0 ? () => {} : clock.after(Math.min(deadlineMs, LONGEST_TIMER_MS), expire);
  const within = AbortSignal.any([signal, late.signal]);
  try {
    return await updateAll({ ...access, signal: within }, names);
  } catch (error) {
    if (!within.aborted) throw error;
    return new Map(names.map((name) => [name, { error: cancellation(within.reason) }]));
  } finally {
    callOff();
  }
}

async function updateAll(
  { manifest, options, host, clock, signal, emit }: RegistryAccess,
  names: readonly string[],
): Promise<Map<string, RegistryUpdate>> {
  const updates = new Map<string, RegistryUpdate>();
  const { storageRoot, reactor } = manifest;
  const store = openStore(storageRoot);
  const leave = await store.runs.enter(manifest.path, { clock, signal });
  const staging = store.openStaging();
  try {
    const git = gitFinder({ host, clock, staging, emit }, signal);
    const stallMs = reactor.stallTimeoutMs;
    const repositories = new Repositories({ storageRoot, clock, offline: options.offline ?? false, stallMs, git });
    const access = { repositories, store, home: host.home, clock };
    const tasks = names.flatMap((name): Task<RegistryStatus>[] => {
      const settings = manifest.registries[name];
      if (settings === undefined) return [];
      const { host: remote } = settings.source;
      const key = `registry ${name}`;
      emit({ type: "repository", at: clock.now(), task: key, name: key, host: remote, isRemote: true, skills: [] });
      return [
        {
          key,
          priority: settings.priority,
          ...(remote !== "" && { host: remote }),
          run: async (stop) => await syncRegistry(access, name, settings, stop),
          ended: (outcome) =>
            void updates.set(name, outcome.status === "done" ? { status: outcome.value } : { error: outcome.error }),
        },
      ];
    });
    const limit = initialLimit(chooseConcurrency(options.concurrency, host.env, manifest, "registry update"));
    await runTasks(tasks, {
      limiter: new Limiter(limit),
      clock,
      signal,
      retries: options.retries ?? reactor.retries,
      timeoutMs: options.timeoutMs ?? reactor.timeoutMs,
      kindOf: failureKind,
      random: options.random ?? Math.random,
      emit,
    });
    return updates;
  } finally {
    staging.dispose();
    leave();
  }
}

/** Opens indexes, fetching first what `refresh` says; nothing is fetched with --offline. */
export async function openIndexes(
  access: RegistryAccess,
  names: readonly string[],
  refresh: Refresh,
): Promise<OpenIndexes> {
  const { registries } = access.manifest;
  const opened = new Map(names.map((name) => [name, storedIndex(access, name)]));
  const isWanted = (name: string) =>
    refresh !== "lacking" || registries[name]?.autoUpdate === true || opened.get(name) === null;
  const updates = access.options.offline === true ? new Map() : await updateRegistries(access, names.filter(isWanted));
  const indexes = new Map<string, RegistryIndex | EdenError>();
  const old: OpenIndexes["old"] = [];
  for (const name of names) {
    const update: RegistryUpdate | undefined = updates.get(name);
    const failure = update !== undefined && "error" in update ? unreachable(name, update.error) : null;
    const index = update === undefined || failure !== null ? opened.get(name) : storedIndex(access, name);
    if (failure !== null && (index == null || refresh === "all or fail")) indexes.set(name, failure);
    else indexes.set(name, index ?? notHere(name));
    if (failure !== null && index instanceof RegistryIndex && refresh !== "all or fail")
      old.push({ registry: name, error: failure });
  }
  return { indexes, old, asked: new Set(updates.keys()) };
}

/** The index of a registry as it was last fetched: what is wrong with it, or null when there is none that is whole. */
export function storedIndex({ manifest, host }: RegistryAccess, name: string): RegistryIndex | EdenError | null {
  const settings = manifest.registries[name];
  if (settings === undefined) return null;
  const stored = readStoredIndex(openStore(manifest.storageRoot).indexPath(name, settings.source));
  if (stored === null) return null;
  try {
    return RegistryIndex.open(name, settings.source, stored.files, host.home);
  } catch (error) {
    if (error instanceof EdenError) return error;
    throw error;
  }
}

function notHere(name: string): EdenError {
  return new EdenError("OFFLINE_MISS", `the index of registry ${name} is not here and --offline forbids to fetch it`, {
    stage: "resolve",
    hint: "Run `eden-skills registry update` without --offline.",
  });
}

/** What is wrong with a registry keeps its own name; what is wrong with the way to it is one thing. */
function unreachable(name: string, error: EdenError): EdenError {
  if (KEPT.has(error.code)) return error;
  const message = `the index of registry ${name} could not be fetched: ${error.code}: ${error.message}`;
  return new EdenError("REGISTRY_UNREACHABLE", message, { ...error.facts, stage: "resolve" }, error);
}

const KEPT = new Set([
  "REGISTRY_INVALID",
  "UNSUPPORTED_VERSION",
  "CANCELLED",
  "GIT_MISSING",
  "DISK_FULL",
  "PERMISSION_DENIED",
]);
