import type { OpenArchives } from "../git/archive-remote.js";
import { Repositories } from "../git/repositories.js";
import type { Staging } from "../store/staging.js";
import type { Store } from "../store/store.js";
import { gitFinder } from "./git-finder.js";
import { RefsAhead } from "./refs-ahead.js";
import type { RunContext } from "./run-context.js";

/** Opens the repositories of a storage, and a staging directory, for the duration of `work`. */
export async function withRepositories<T>(
  context: RunContext,
  store: Store,
  signal: AbortSignal,
  work: (repositories: Repositories, staging: Staging) => Promise<T>,
): Promise<T> {
  const { clock, settings } = context;
  const { offline, stallMs } = settings;
  const staging = store.openStaging();
  try {
    const git = gitFinder(context, staging, signal);
    const ahead = new RefsAhead();
    const openArchives: OpenArchives = async (remote, mirror, facts) => {
      const { Archives } = await import("../archive/archives.js");
      return new Archives(remote, mirror, facts);
    };
    const access = { storageRoot: store.root, clock, offline, stallMs, git, ahead, openArchives };
    return await work(new Repositories(access), staging);
  } finally {
    staging.dispose();
  }
}
