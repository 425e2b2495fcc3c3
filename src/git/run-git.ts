import { EdenError } from "../errors.js";
import type { RepositorySource } from "../manifest/manifest.js";
import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import { runProcess, type ChildInput, type ProcessResult } from "../system/processes.js";
import { gitEnvironment } from "./environment.js";
import { classifyFailure, noRepository } from "./failure.js";
import { HttpTrace } from "./http-trace.js";

/** What every git call of one run shares. */
export interface Git {
  /** Absolute path of the program. */
  program: string;
  host: Host;
  clock: Clock;
  /** An empty directory of ours: git is never started where somebody else's files lie. */
  cwd: string;
  /** Told once for each git process started. */
  onProcess: () => void;
  /** A path that does not exist yet, for a file that lives as long as one git process. */
  scratchFile: () => string;
}

/** One git process on one bare repository. */
export interface GitCall {
  /** The bare repository; left out for `ls-remote`. */
  directory?: string;
  args: readonly string[];
  /** The remote it may talk to; left out, no transport is allowed at all. */
  remote?: RepositorySource;
  settings?: readonly (readonly [string, string])[];
  input?: string;
  /** Given the standard input, to write to while git runs. */
  onStart?: (stdin: ChildInput) => void;
  signal: AbortSignal;
  /** Milliseconds. */
  stallMs?: number;
  onStdout?: (chunk: Buffer) => void | Promise<void>;
  onStderr?: (text: string) => void;
  maxOutputBytes?: number;
}

/** The name under which a fetch knows its remote, one that no user has in a configuration of their own: the URL itself never reaches the mirror's configuration file. */
export const REMOTE = "eden-skills-mirror";

/**
 * Runs git and returns its result when it exits with 0.
 * @throws EdenError with a diagnostics code of the sync stage (`FETCH_…`, `DISK_FULL`, …); the signal's reason when aborted.
 */
export async function runGit(git: Git, call: GitCall): Promise<ProcessResult> {
  const settings = [...(call.settings ?? [])];
  if (call.remote !== undefined) settings.push([`remote.${REMOTE}.url`, call.remote.url]);
  const trace = new HttpTrace(git, call.remote);
  git.onProcess();
  try {
    const result = await runProcess({
      file: git.program,
      args: ["--no-pager", ...(call.directory === undefined ? [] : [`--git-dir=${call.directory}`]), ...call.args],
      env: { ...gitEnvironment(git.host.env, call.remote?.transport ?? "none", settings), ...trace.environment },
      cwd: git.cwd,
      clock: git.clock,
      signal: call.signal,
      ...(call.input !== undefined && { input: call.input }),
      ...(call.onStart !== undefined && { onStart: call.onStart }),
      ...(call.stallMs !== undefined && { stallMs: call.stallMs }),
      ...(call.onStdout !== undefined && { onStdout: call.onStdout }),
      ...(call.onStderr !== undefined && { onStderr: call.onStderr }),
      ...(call.maxOutputBytes !== undefined && { maxOutputBytes: call.maxOutputBytes }),
    });
    if (result.exitCode !== 0) throw classifyFailure(result, call.remote, trace.read(git.clock.date()));
    // git takes a web page for the list of a repository without any ref.
    if (call.remote === undefined || call.args[0] !== "ls-remote" || result.stdout.length > 0) return result;
    const failure = noRepository(call.remote, trace.read(git.clock.date()));
    if (failure !== null) throw failure;
    return result;
  } catch (error) {
    throw error instanceof EdenError ? classifyFailure(error, call.remote) : error;
  } finally {
    trace.dispose();
  }
}
