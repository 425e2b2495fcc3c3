import type { RepositorySource } from "../manifest/document/manifest.js";
import type { ProcessResult } from "../system/processes.js";
import type { Git } from "./git.js";
import { runGit, type GitCall } from "./run-git.js";

/** A repository at its address, and how it is asked: for one attempt of one task. */
export interface Remote {
  git: Git;
  source: RepositorySource;
  signal: AbortSignal;
  /** Milliseconds without progress after which git is ended. */
  stallMs: number;
}

/** Runs git with leave to talk to this remote. @throws EdenError as `runGit`; the signal's reason when aborted. */
export async function askRemote(
  { git, source, signal, stallMs }: Remote,
  call: Omit<GitCall, "remote" | "signal" | "stallMs">,
): Promise<ProcessResult> {
  return await runGit(git, { ...call, remote: source, signal, stallMs });
}
