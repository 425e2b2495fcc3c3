import type { Setting } from "./setting.js";
import type { Git } from "./git.js";
import { EdenError } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { runProcess, type ChildInput, type ProcessResult } from "../system/processes.js";
import { gitEnvironment } from "./environment.js";
import { withSettingsInMind } from "./explain-settings.js";
import { classifyFailure, noRepository } from "./failure.js";
import { HttpTrace } from "./http-trace.js";
import { withCertificate } from "./untrusted-certificate.js";
import { readOwnerSettings } from "./read-owner-settings.js";
import { routeTo, type Route } from "./route.js";

/** One git process on one bare repository. */
export interface GitCall {
  /** The bare repository; omitted for `ls-remote`. */
  directory?: string;
  args: readonly string[];
  /** The remote that it may contact; if omitted, no transport is allowed. */
  remote?: RepositorySource;
  settings?: readonly Setting[];
  input?: string;
  /** Gets the standard input, to write to while git runs. */
  onStart?: (stdin: ChildInput) => void;
  signal: AbortSignal;
  /** Milliseconds. */
  stallMs?: number;
  onStdout?: (chunk: Buffer) => void | Promise<void>;
  onStderr?: (text: string) => void;
  maxOutputBytes?: number;
  /** Its output is of no use: it gets no pipe. */
  isSilent?: boolean;
}

/**
 * The name of the remote in a fetch, which users do not use in their own configuration: the URL
 * itself is never written to the mirror's configuration file.
 */
export const REMOTE = "eden-skills-mirror";

/**
 * Runs git and returns its result if it exits with 0.
 * @throws EdenError with a diagnostics code of the sync stage (`FETCH_…`, `DISK_FULL`, …); the
 *   signal's reason when aborted.
 */
export async function runGit(git: Git, call: GitCall): Promise<ProcessResult> {
  const { remote } = call;
  if (remote === undefined) return await run(git, call, null, call.settings ?? []);
  const url: Setting = [`remote.${REMOTE}.url`, remote.url];
  const owner = git.owner.dependOnRemote ? await readOwnerSettings(git, call.signal, [url]) : git.owner;
  const route = routeTo(remote, owner, git.host.env);
  try {
    return await run(git, call, route, [...(call.settings ?? []), url]);
  } catch (error) {
    throw error instanceof EdenError ? withSettingsInMind(error, route, git.host.env) : error;
  }
}

async function run(git: Git, call: GitCall, route: Route | null, settings: readonly Setting[]): Promise<ProcessResult> {
  const remote = route?.remote;
  const trace = new HttpTrace(git, remote);
  const rights = {
    cwd: git.cwd,
    settings,
    ...(route !== null && { transport: route.remote.transport, hasSshCommand: route.owner.sshCommand !== null }),
  };
  git.onProcess();
  try {
    const result = await runProcess({
      file: git.program,
      args: ["--no-pager", ...(call.directory === undefined ? [] : [`--git-dir=${call.directory}`]), ...call.args],
      env: { ...gitEnvironment(git.host.env, rights), ...trace.environment },
      cwd: git.cwd,
      clock: git.clock,
      signal: call.signal,
      ...(call.input !== undefined && { input: call.input }),
      ...(call.onStart !== undefined && { onStart: call.onStart }),
      ...(call.stallMs !== undefined && { stallMs: call.stallMs }),
      ...(call.onStdout !== undefined && { onStdout: call.onStdout }),
      ...(call.onStderr !== undefined && { onStderr: call.onStderr }),
      ...(call.isSilent !== undefined && { isSilent: call.isSilent }),
      ...(call.maxOutputBytes !== undefined && { maxOutputBytes: call.maxOutputBytes }),
    });
    if (result.exitCode !== 0) {
      const seen = await withCertificate(trace.read(git.clock.date()), result.stderr, git.clock.date(), call.signal);
      throw classifyFailure(result, remote, seen);
    }
    // git treats a web page as the answer of a repository without refs.
    if (remote === undefined || call.args[0] !== "ls-remote" || result.stdout.length > 0) return result;
    const failure = noRepository(remote, trace.read(git.clock.date()));
    if (failure !== null) throw failure;
    return result;
  } catch (error) {
    throw error instanceof EdenError ? classifyFailure(error, remote) : error;
  } finally {
    trace.dispose();
  }
}
