import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "./cli-process.js";
import { createSandbox, type Sandbox } from "./sandbox.js";

/** Simulated machines of a fleet. */
export interface Runners {
  /** A machine with the manifest and the lockfile that all of them have. */
  project: Sandbox;
  count: number;
  /** Processes at the same time. */
  atOnce: number;
  args: readonly string[];
  env?: Record<string, string>;
  /** Checks one machine when its run has ended. */
  ended: (runner: Sandbox, result: RunResult) => Promise<void>;
}

/** Runs the built program once on each of many machines that have nothing but manifest and lockfile. */
export async function startRunners({ project, count, atOnce, args, env = {}, ended }: Runners): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) {
      next++;
      const runner = createSandbox();
      try {
        copyFileSync(project.manifestPath, join(runner.project, "skills.toml"));
        copyFileSync(project.lockfilePath, join(runner.project, "skills.lock"));
        // A process of its own, as on a machine of its own.
        await ended(runner, await runner.spawn(args, { env, timeoutMs: 300_000 }).finished);
      } finally {
        await runner.dispose();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work));
}
