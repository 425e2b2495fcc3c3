import type { RepositorySource } from "../manifest/document/manifest.js";
import type { ProcessResult } from "../system/processes.js";
import type { Git } from "./git.js";
import type { PackShells } from "./pack-shells.js";
import { runGit, type GitCall } from "./run-git.js";

/** A repository at its address, with the settings for one attempt of one task. */
export interface Remote {
  git: Git;
  source: RepositorySource;
  signal: AbortSignal;
  /** Milliseconds without progress after which git is ended. */
  stallMs: number;
  /** As `askDirectly`, which is the default. */
  askRefs?: (remote: Remote, names: readonly string[]) => Promise<Map<string, string> | null>;
  /** Origins whose packs only git can fetch, as far as this run knows. */
  gitOnly?: Set<string>;
  /** What stores packs; by default each pack has a shell of its own. */
  packShells?: PackShells;
}

/**
 * Runs git with permission to contact this remote.
 * @throws EdenError as `runGit`; the signal's reason when aborted.
 */
export async function askRemote(
  { git, source, signal, stallMs }: Remote,
  call: Omit<GitCall, "remote" | "signal" | "stallMs">,
): Promise<ProcessResult> {
  return await runGit(git, { ...call, remote: source, signal, stallMs });
}
