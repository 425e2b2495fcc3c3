import type { SimpleGitOptions } from "simple-git";
import { EdenError, errorMessage } from "../errors.js";
import { guardLaterSpawn } from "../system/guard-spawn.js";
import { gitEnvironment } from "./environment.js";
import { classifyFailure } from "./failure.js";
import type { Git } from "./git.js";

/**
 * A short question to git that needs no remote: about itself, its configuration, or a repository on
 * this machine.
 */
export interface LocalQuestion {
  args: readonly string[];
  signal: AbortSignal;
  /** The whole environment; by default that of every git process without a remote. */
  env?: Readonly<Record<string, string>>;
  /** Milliseconds until git is ended; left out for no limit. */
  timeoutMs?: number;
}

export interface LocalAnswer {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** git, as far as a question without a remote needs it. */
export type LocalGit = Pick<Git, "program" | "host" | "cwd" | "onProcess">;

/**
 * The standard output of git.
 * @throws EdenError as `classifyFailure` when it fails; the signal's reason when aborted.
 */
export async function askLocal(git: LocalGit, question: LocalQuestion): Promise<string> {
  const { exitCode, stdout, stderr } = await runLocal(git, question);
  if (exitCode !== 0) throw classifyFailure({ exitCode, stderr, signal: null }, undefined);
  return stdout;
}

/**
 * Runs git through simple-git, with a new instance each time: after an error the rest of an
 * instance's chain does not run. simple-git would refuse our hardening, and settings of the owner,
 * so each of its switches is named. It cannot end a process that hangs; the guard does.
 * @returns whatever git answered, whatever its exit code.
 * @throws EdenError when it cannot be started, or gives no answer in time; the signal's reason when
 *   aborted.
 */
export async function runLocal(git: LocalGit, question: LocalQuestion): Promise<LocalAnswer> {
  const { args, signal, env = gitEnvironment(git.host.env, { cwd: git.cwd }), timeoutMs } = question;
  signal.throwIfAborted();
  const { simpleGit } = await import("simple-git");
  const answer: LocalAnswer = { exitCode: 0, stdout: "", stderr: "" };
  const simple = simpleGit({
    baseDir: git.cwd,
    binary: git.program,
    allowEnvironment: Object.keys(env),
    unsafe: UNGUARDED,
    errors: (_, { exitCode, stdErr }) => {
      Object.assign(answer, { exitCode, stderr: Buffer.concat(stdErr).toString("utf8") });
      return undefined;
    },
  }).env(env);
  const late = timeoutMs === undefined ? null : AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any(late === null ? [signal] : [signal, late]);
  git.onProcess();
  try {
    answer.stdout = await guardLaterSpawn(async () => await simple.raw([...args]), stop);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EdenError) throw classifyFailure(error, undefined);
    throw classifyFailure({ stderr: errorMessage(error), exitCode: 128, signal: null }, undefined);
  }
  signal.throwIfAborted();
  if (late?.aborted !== true) return answer;
  throw classifyFailure(new EdenError("PROCESS_STALLED", `no answer within ${timeoutMs} ms`), undefined);
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
