import type { Git } from "../../src/git/git.js";
import type { Remote } from "../../src/git/remote.js";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { NO_SETTINGS } from "../../src/git/owner-settings.js";
import { readOwnerSettings } from "../../src/git/read-owner-settings.js";
import { fileKey, parseRemoteUrl, parseScpAddress } from "../../src/manifest/source/remote-url.js";
import type { RepositorySource } from "../../src/manifest/document/manifest.js";
import { systemClock } from "../../src/system/clock.js";
import { findProgram } from "../../src/system/host.js";

/** What our git functions need, with a home and a storage of their own beneath one directory. */
export interface GitWorld {
  git: Git;
  home: string;
  storage: string;
  /** Processes started through it so far. */
  processes(): number;
}

/** Makes a world beneath `root`; `env` is laid over a PATH and a HOME. */
export function gitWorld(root: string, env: Record<string, string> = {}): GitWorld {
  const [home, storage, cwd] = ["home", "storage", "empty"].map((name) => join(root, name)) as [string, string, string];
  for (const directory of [home, storage, cwd]) mkdirSync(directory, { recursive: true });
  const all = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: home, ...env };
  let count = 0;
  let scratch = 0;
  const git: Git = {
    program: findProgram("git", all) ?? "/usr/bin/git",
    host: { env: all, home, cwd },
    owner: NO_SETTINGS,
    clock: systemClock,
    cwd,
    onProcess: () => count++,
    scratchFile: () => join(root, `scratch-${scratch++}`),
  };
  return { git, home, storage, processes: () => count };
}

/** The same with what its home and its environment have configured. */
export async function withOwner(git: Git): Promise<Git> {
  return { ...git, owner: await readOwnerSettings(git, unhurried().signal) };
}

/** A source as the manifest would hold it: a URL, an scp address, or an absolute path. */
export function sourceOf(repo: string, ref: string | null = null): RepositorySource {
  const rest = { kind: "repository", repo, ref, subpath: "." } as const;
  if (repo.startsWith("/")) return { ...rest, url: repo, key: fileKey(repo), host: "", transport: "file" };
  const parsed = repo.includes("://") ? parseRemoteUrl(repo, true) : parseScpAddress(repo);
  if (parsed.kind === "refused") throw new Error(`${repo}: ${parsed.reason}`);
  const { url, key, host, transport } = parsed;
  return { ...rest, url, key, host, transport };
}

/** Options for a call that nobody cancels. */
export function unhurried(): { signal: AbortSignal; stallMs: number } {
  return { signal: new AbortController().signal, stallMs: 20_000 };
}

/** A source that is asked with that git. */
export function remoteOf(git: Git, source: RepositorySource, options = unhurried()): Remote {
  return { git, source, ...options };
}
