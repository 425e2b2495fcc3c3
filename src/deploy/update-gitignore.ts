import { basename, dirname, join, relative } from "node:path";
import { EdenError, errorMessage } from "../errors.js";
import { NO_SETTINGS } from "../git/owner-settings.js";
import { trackedPaths } from "../git/tracked-paths.js";
import { managedNames, withManagedNames } from "../targets/managed-lines.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { removeTree } from "../system/change-trees.js";
import { findProgram } from "../system/host.js";
import { acquireLock } from "../system/lock.js";
import { inDirectory } from "../system/open-directory.js";
import { kindOf, lstatIfExists, physicalPath, readBytesIfExists } from "../system/read-files.js";
import { writeByRename } from "../system/write-files.js";
import { targetLock } from "./install-phase.js";
import { isBelow, projectAround } from "../workspace/project-links.js";
import type { RunContext } from "../run/run-context.js";

/**
 * Target paths: those that are ours after a run, and those that were or may have been ours before.
 */
export interface OurTargets {
  ours: ReadonlySet<string>;
  others: ReadonlySet<string>;
}

/** One directory of a project with targets, and the names of our targets in it. */
export interface IgnoringDirectory {
  /** Absolute, without links in it. */
  path: string;
  /** The top of the git work tree that contains it. */
  workTree: string;
  wanted: ReadonlySet<string>;
  unwanted: ReadonlySet<string>;
}

/**
 * The directories of a manifest's project in which a `.gitignore` names our targets: only those in
 * a git work tree.
 * @throws EdenError if one is unreadable.
 */
export function ignoringDirectories(
  manifest: Manifest,
  home: string,
  { ours, others }: OurTargets,
): IgnoringDirectory[] {
  const project = manifest.root === undefined ? projectAround(manifest, home) : null;
  if (project === null) return [];
  const found = new Map<string, { wanted: Set<string>; unwanted: Set<string> }>();
  for (const path of new Set([...ours, ...others])) {
    if (!isBelow(path, project.directory)) continue;
    const place = physicalPath(path);
    if (!isBelow(place, project.physical)) continue;
    const known = found.get(dirname(place)) ?? { wanted: new Set(), unwanted: new Set() };
    found.set(dirname(place), known);
    const isWanted = manifest.gitignore && ours.has(path) && lstatIfExists(path) !== null;
    known[isWanted ? "wanted" : "unwanted"].add(basename(path));
  }
  return [...found].flatMap(([path, names]) => {
    const workTree = workTreeAround(path);
    return workTree === null || lstatIfExists(path) === null ? [] : [{ path, workTree, ...names }];
  });
}

function workTreeAround(directory: string): string | null {
  for (let top = directory; ; top = dirname(top)) {
    if (lstatIfExists(join(top, ".git")) !== null) return top;
    if (dirname(top) === top) return null;
  }
}

/** Path of the file in such a directory. */
export function ignoreFile({ path }: Pick<IgnoringDirectory, "path">): string {
  return join(path, ".gitignore");
}

/**
 * Updates the `.gitignore` of every directory in the project that has or had targets of ours. Names
 * that git tracks are left out; git is asked only for new names. A failure is a warning and fails
 * no run.
 */
export async function updateGitignore(context: RunContext, manifest: Manifest, targets: OurTargets): Promise<void> {
  try {
    const stale = ignoringDirectories(manifest, context.host.home, targets).filter(isStale);
    for (const workTree of new Set(stale.map((directory) => directory.workTree))) {
      const inside = stale.filter((directory) => directory.workTree === workTree);
      const tracked = await trackedAmong(context, workTree, inside);
      if (tracked === null) continue;
      for (const directory of inside) await writeIgnored(context, manifest, directory, tracked);
    }
  } catch (error) {
    if (!context.signal.aborted) warn(context, manifest.directory, errorMessage(error));
  }
}

/** True if a file differs from its wanted text. */
function isStale(directory: IgnoringDirectory): boolean {
  const text = readIgnored(directory);
  return text === null ? directory.wanted.size > 0 : nextText(directory, text, new Set()) !== text;
}

async function trackedAmong(
  { host, clock, signal, emit }: RunContext,
  workTree: string,
  directories: readonly IgnoringDirectory[],
): Promise<ReadonlySet<string> | null> {
  const fresh = directories.flatMap((directory) => {
    const known = new Set(managedNames(readIgnored(directory) ?? ""));
    const names = [...directory.wanted].filter((name) => !known.has(name));
    return names.map((name) => relative(workTree, join(directory.path, name)));
  });
  if (fresh.length === 0) return new Set();
  const program = findProgram("git", host.env);
  if (program === null) return null;
  const git = {
    program,
    host,
    owner: NO_SETTINGS,
    clock,
    cwd: workTree,
    onProcess: () => emit({ type: "git-process", at: clock.now() }),
    scratchFile: () => {
      throw new Error("only a remote needs one");
    },
  };
  const tracked = await trackedPaths(git, workTree, fresh, signal);
  return tracked === null ? null : new Set([...tracked].map((path) => join(workTree, path)));
}

async function writeIgnored(
  context: RunContext,
  manifest: Manifest,
  directory: IgnoringDirectory,
  tracked: ReadonlySet<string>,
): Promise<void> {
  const file = ignoreFile(directory);
  const release = await acquireLock(targetLock(manifest, directory.path), context.lock(directory.path));
  try {
    const text = readIgnored(directory);
    if (text === null)
      return directory.wanted.size === 0
        ? undefined
        : warn(context, file, "it is a link, a directory or read-only, and is left as it is");
    const next = nextText(directory, text, tracked);
    if (next === text) return;
    await inDirectory(
      directory.path,
      (real) => requireSame(real, directory.path),
      (here) => {
        const held = ignoreFile({ path: here });
        if (next === null) removeTree(held);
        else writeByRename(held, Buffer.from(next, "latin1"), (lstatIfExists(held)?.mode ?? 0o666) & 0o777);
      },
    );
  } finally {
    release();
  }
}

function requireSame(real: string, directory: string): void {
  if (real !== directory)
    throw new EdenError("TARGET_PATH_INVALID", `${directory} leads to ${real}`, { stage: "install" });
}

/** One character per byte; "" if there is no file; null for one that we must not change. */
function readIgnored(directory: IgnoringDirectory): string | null {
  const file = ignoreFile(directory);
  const stats = lstatIfExists(file);
  if (stats === null) return "";
  if (kindOf(stats) !== "file" || (stats.mode & 0o222) === 0) return null;
  return readBytesIfExists(file)?.toString("latin1") ?? "";
}

/** Names of other manifests in the same directory stay as long as their targets exist. */
function nextText(directory: IgnoringDirectory, text: string, tracked: ReadonlySet<string>): string | null {
  const { path, wanted, unwanted } = directory;
  const known = managedNames(text);
  const kept = known.filter((name) => !unwanted.has(name) && lstatIfExists(join(path, name)) !== null);
  const added = [...wanted].filter((name) => !tracked.has(join(path, name)));
  return withManagedNames(text, [...new Set([...kept, ...added])]);
}

function warn(context: RunContext, path: string, why: string): void {
  const message = `git is not kept from seeing what was installed: ${path}: ${why}`;
  const hint = "Set `[project] gitignore = false` to leave that to you.";
  context.notice({ severity: "warning", code: "GITIGNORE_LEFT", stage: "install", message, hint });
}
