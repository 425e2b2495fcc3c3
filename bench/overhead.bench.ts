// What the reactor's control costs (P12): limiter, governors, gates of hosts, watchdog and events against a bare `Promise.all` over the
// same tasks. 1,000 tasks that do nothing: microseconds a task. 50 cold repositories over smart HTTP, all in flight on both sides: a ratio.
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { loadManifest } from "../src/workspace/load-manifest.js";
import { gitFinder } from "../src/run/git-finder.js";
import { inRun } from "../src/run/run-context.js";
import { syncPhase } from "../src/sync/sync-phase.js";
import { syncRepository } from "../src/sync/sync-repository.js";
import type { Sync } from "../src/sync/sync.js";
import { Repositories } from "../src/git/repositories.js";
import { Control } from "../src/reactor/control.js";
import type { ReactorEvent } from "../src/reactor/events.js";
import { Limiter } from "../src/reactor/limiter.js";
import { runTasks } from "../src/reactor/run-tasks.js";
import type { Task } from "../src/reactor/task.js";
import { openStore } from "../src/store/store.js";
import { StoreWriter } from "../src/store/store-writer.js";
import { systemClock } from "../src/system/clock.js";
import { cpuMeter, memoryPercent } from "../src/system/machine.js";
import { makeCollection, manifestFor } from "../test/helpers/collection.js";
import { startHttpRemote } from "../test/helpers/http-remote.js";
import { createSandbox, removeTree } from "../test/helpers/sandbox.js";
import { interleave, row, type Run } from "./rounds.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 11);
const TASKS = 1000;
const WARM_UP = 10;
const REPOSITORIES = 50;

/** A control with everything on, as a run has it. */
function controlOf(limiter: Limiter, emit: (event: ReactorEvent) => void): Control {
  const readCpu = cpuMeter();
  return new Control(limiter, {
    requested: "auto",
    minimum: 1,
    ceiling: 100,
    adaptive: true,
    thresholds: { memoryHigh: 85, cpuLow: 40, cpuHigh: 80, queueLow: 2, queueHigh: 20 },
    intervalMs: 500,
    resources: [],
    clock: systemClock,
    readLoad: () => ({ cpuPercent: readCpu(), memoryPercent: memoryPercent() }),
    emit,
  });
}

async function emptyTasks(): Promise<number> {
  const run = async () => {};
  const events: ReactorEvent[] = [];
  const emit = (event: ReactorEvent) => void events.push(event);
  const limiter = new Limiter(REPOSITORIES);
  const control = controlOf(limiter, emit);
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const tasks = Array.from({ length: TASKS }, (_, n): Task<void> => ({
    key: String(n),
    host: `host-${n % 10}`,
    priority: 0,
    run,
  }));
  const began = performance.now();
  control.start();
  await runTasks(tasks, {
    limiter,
    control,
    signal,
    clock: systemClock,
    retries: 2,
    timeoutMs: 120_000,
    kindOf: () => "permanent",
    random: Math.random,
    emit,
  });
  control.end();
  const ours = performance.now() - began;
  const bareBegan = performance.now();
  await Promise.all(tasks.map(async () => await run()));
  return ((ours - (performance.now() - bareBegan)) * 1000) / TASKS;
}

const sandbox = createSandbox();
const collection = await makeCollection({
  root: join(sandbox.root, "served"),
  repositories: REPOSITORIES,
  skills: REPOSITORIES,
});
const remote = await startHttpRemote({ root: collection.root, record: true, latencyMs: 40 });
const config = sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url }));
const host = { env: sandbox.environment(), home: sandbox.home, cwd: sandbox.project };
const { manifest } = await loadManifest({ manifest: config, host });

/** Times one cold sync of all repositories, by the reactor or by nothing at all. */
const sync = (isControlled: boolean) => async (): Promise<Run> => {
  await removeTree(sandbox.storage);
  const options = { host, concurrency: REPOSITORIES, deadlineMs: 600_000, maxFailures: 5 };
  return await inRun({ command: "apply", manifest, options }, async (context) => {
    const { clock, signal } = context;
    const store = openStore(manifest.storageRoot);
    const staging = store.openStaging();
    const git = gitFinder(context, staging, signal);
    const { root: storageRoot } = store;
    const shared: Sync = {
      context,
      plan: {
        manifest,
        known: new Map(),
        pending: [],
        pins: new Map(),
        sites: new Map(),
        replaceable: new Map(),
        integrities: new Map(),
        renamed: new Map(),
        kept: new Map(),
        isComparison: false,
      },
      repositories: new Repositories({
        storageRoot,
        clock,
        offline: false,
        openArchives: async () => await Promise.reject(new Error("not used")),
        stallMs: 30_000,
        git,
      }),
      writer: new StoreWriter(store, staging),
      remoteStore: null,
    };
    const began = performance.now();
    if (isControlled) {
      context.control.start();
      await syncPhase(shared, manifest.skills);
    } else {
      const all = manifest.skills.map(async (skill) => {
        const { source } = skill;
        if (source.kind !== "repository") throw new Error(skill.id);
        await syncRepository(shared, source.key, [{ skill, source, pin: null, held: null }], signal);
      });
      await Promise.all(all);
    }
    const took = performance.now() - began;
    staging.dispose();
    return { ms: took };
  });
};

try {
  // Until V8 has compiled what a thousand tasks run, each takes up to 100 µs.
  for (let round = 0; round < WARM_UP; round++) await emptyTasks();
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) costs.push(await emptyTasks());
  row(`P12: ${TASKS} tasks that do nothing, µs a task`, costs, "< 20");
  await sync(true)();
  const rounds = await interleave(ROUNDS, { "all control on": sync(true), "Promise.all": sync(false) });
  rounds.print();
  const ratios = rounds.ratios("all control on", "Promise.all");
  row(`P12: ${REPOSITORIES} cold repositories, all control on, against Promise.all`, ratios, "≤ 1.06");
} finally {
  await remote.close();
  await sandbox.dispose();
}
