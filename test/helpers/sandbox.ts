import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { canServe, serveRun } from "./program-server.js";
import { startProgram, type RunningProgram, type RunOptions, type RunResult } from "./cli-process.js";

/** A machine of its own for one test: home, project and temporary directory, all empty, all beneath `root`. */
export interface Sandbox {
  readonly root: string;
  readonly home: string;
  /** The working directory of every run unless it says otherwise; `writeManifest` writes here. */
  readonly project: string;
  readonly tmp: string;
  /** Where the default `storage.root` lies: `~/.eden-skills/skills`. */
  readonly storage: string;
  readonly manifestPath: string;
  readonly lockfilePath: string;
  /** The whole environment of a run: nothing of the developer's own but PATH. */
  environment(extra?: Record<string, string>): Record<string, string>;
  /** Writes `skills.toml` (or another file, relative to the project) and returns its path. */
  writeManifest(toml: string, file?: string): string;
  /** Runs the built program to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts the built program and returns at once. */
  spawn(args: readonly string[], options?: RunOptions): RunningProgram;
  /** Kills what still runs and removes everything, read-only directories too. */
  dispose(): Promise<void>;
}

/** The built program. */
export const PROGRAM = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));

/** Makes a sandbox. `program` replaces the built command line, for tests of the helpers themselves. */
export function createSandbox(options: { program?: string } = {}): Sandbox {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "eden-test-")));
  const [home, project, tmp] = ["home", "project", "tmp"].map((name) => join(root, name)) as [string, string, string];
  for (const dir of [home, project, tmp]) mkdirSync(dir);
  const running = new Set<RunningProgram>();

  const environment = (extra: Record<string, string> = {}): Record<string, string> => ({
    PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: home,
    TMPDIR: tmp,
    LANG: "C.UTF-8",
    ...extra,
  });
  const start = (args: readonly string[], run: RunOptions = {}): RunningProgram => {
    const program = startProgram([process.execPath, options.program ?? PROGRAM, ...args], {
      ...run,
      cwd: run.cwd ?? project,
      env: environment(run.env),
    });
    running.add(program);
    program.child.once("close", () => running.delete(program));
    return program;
  };

  return {
    root,
    home,
    project,
    tmp,
    storage: join(home, ".eden-skills", "skills"),
    manifestPath: join(project, "skills.toml"),
    lockfilePath: join(project, "skills.lock"),
    environment,
    writeManifest(toml, file = "skills.toml") {
      const path = join(project, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, toml);
      return path;
    },
    run: (args, run = {}) => {
      const env = environment(run.env);
      const needsProcess = [run.wrap, run.stdin, run.signalAfter].some((option) => option !== undefined);
      if (needsProcess || options.program !== undefined || !canServe(env)) return start(args, run).finished;
      return serveRun({ program: PROGRAM, args, cwd: run.cwd ?? project, env, timeoutMs: run.timeoutMs ?? 60_000 });
    },
    spawn: start,
    async dispose() {
      const ended = [...running].map((program) => {
        program.kill("SIGKILL");
        return program.finished.catch(() => {});
      });
      await Promise.all(ended);
      await removeTree(root);
    },
  };
}

/** Removes a directory whose contents may be read-only (the store's are). */
export async function removeTree(dir: string): Promise<void> {
  await makeWritable(dir);
  await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

async function makeWritable(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat?.isDirectory() !== true) return;
  await chmod(path, 0o700).catch(() => {});
  await Promise.all((await readdir(path)).map((name) => makeWritable(join(path, name))));
}
