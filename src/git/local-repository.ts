import type { Git } from "./git.js";
import type { SimpleGit, SimpleGitOptions } from "simple-git";
import { guardSpawn } from "../system/processes.js";
import { EdenError, errorMessage } from "../errors.js";
import { gitEnvironment } from "./environment.js";
import { classifyFailure } from "./failure.js";
import { NO_SETTINGS } from "./owner-settings.js";
import { runGit } from "./run-git.js";

/** The oldest git that has the options used here (`GIT_CONFIG_GLOBAL`, `--end-of-options` everywhere). */
const OLDEST = [2, 32] as const;

/** Milliseconds that `git version` may take. */
const VERSION_MS = 10_000;

/**
 * Makes sure that git is there and not too old.
 * @returns its version, for display.
 * @throws EdenError `GIT_MISSING`; the signal's reason when aborted.
 */
export async function requireGit(git: Omit<Git, "owner">, signal: AbortSignal): Promise<string> {
  const hint = `Install git ${OLDEST.join(".")} or newer.`;
  let text: string;
  try {
    const { stdout } = await runGit({ ...git, owner: NO_SETTINGS }, { args: ["version"], signal, stallMs: VERSION_MS });
    text = stdout.toString("latin1").trim();
  } catch (error) {
    if (!(error instanceof EdenError) || error.code === "DESCRIPTORS_EXHAUSTED") throw error;
    throw new EdenError(
      "GIT_MISSING",
      `${git.program} does not run: ${error.message}`,
      { stage: "fetch", hint },
      error,
    );
  }
  const match = /(\d+)\.(\d+)(?:\.\d+)?/u.exec(text);
  const [version, major, minor] = [match?.[0] ?? text, Number(match?.[1]), Number(match?.[2])];
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return version;
  throw new EdenError("GIT_MISSING", `git >= ${OLDEST.join(".")} required, found ${version}`, { stage: "fetch", hint });
}

const UNGUARDED: Required<NonNullable<SimpleGitOptions["unsafe"]>> = {
  allowUnsafeAlias: true,
  allowUnsafeAskPass: true,
  allowUnsafeCommandBinaries: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeEditor: true,
  allowUnsafeMergeDriver: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafePack: true,
  allowUnsafeSshCommand: true,
  allowUnsafeGitProxy: true,
  allowUnsafeExec: true,
  allowUnsafeHooksPath: true,
  allowUnsafeDiffExternal: true,
  allowUnsafeDiffTextConv: true,
  allowUnsafeFilter: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeInclude: true,
  allowUnsafeSubmodule: true,
  allowUnsafeUrlRewrite: true,
  allowUnsafeCustomBinary: true,
  allowAbbreviatedOptions: false,
};

/** True when the bare repository holds an object. Never asks a remote. */
export async function hasObject(git: Git, directory: string, oid: string, signal: AbortSignal): Promise<boolean> {
  const question = ["rev-parse", "--quiet", "--verify", "--end-of-options", `${oid}^{object}`];
  const found = await ask(git, signal, async (simple) => await simple.raw([`--git-dir=${directory}`, ...question]));
  return found.trim() === oid;
}

/**
 * One question to the local object database. A fresh instance each time: after an error the rest of an instance's chain does not run.
 * simple-git would refuse our hardening, and whatever the owner has in the environment, so each of its switches is named.
 */
async function ask<T>(git: Git, signal: AbortSignal, question: (simple: SimpleGit) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { simpleGit } = await import("simple-git");
  const env = gitEnvironment(git.host.env, { cwd: git.cwd });
  const simple = simpleGit({
    baseDir: git.cwd,
    binary: git.program,
    abort: signal,
    allowEnvironment: Object.keys(env),
    unsafe: UNGUARDED,
  }).env(env);
  git.onProcess();
  try {
    return await guardSpawn(async () => await question(simple));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EdenError) throw classifyFailure(error, undefined);
    throw classifyFailure({ stderr: errorMessage(error), exitCode: 128, signal: null }, undefined);
  }
}
