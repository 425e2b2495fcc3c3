import { dirname, relative, sep } from "node:path";
import { EdenError } from "../errors.js";
import { writeByRename } from "../system/write-files.js";
import { askLocal, runLocal } from "./ask-local.js";
import { gitEnvironment } from "./environment.js";
import type { Git } from "./git.js";
import { workTreeOf } from "./work-tree.js";

/** A repository of the user, with the commit that is checked out. */
export interface Project {
  /** The top of its work tree; absolute. */
  top: string;
  /** Absolute. */
  gitDirectory: string;
  commit: string;
  /** Seconds since the epoch. */
  committedAt: number;
  /** The branch that is checked out, or null. */
  branch: string | null;
}

/** @throws EdenError `USAGE` if the directory is in no work tree, or nothing is committed in it. */
export async function openProject(git: Git, directory: string, signal: AbortSignal): Promise<Project> {
  const top = await workTreeOf(git, directory, signal);
  const ask = async (...args: string[]) => (await runLocal(git, { args: ["-C", top, ...args], signal })).stdout.trim();
  const gitDirectory = await ask("rev-parse", "--absolute-git-dir");
  const [commit = "", seconds = ""] = (await ask("log", "-1", "--format=%H %ct")).split(" ");
  if (commit === "") throw new EdenError("USAGE", `nothing is committed in ${top}`);
  const branch = await ask("symbolic-ref", "--quiet", "--short", "HEAD");
  return { top, gitDirectory, commit, committedAt: Number(seconds), branch: branch === "" ? null : branch };
}

/** Those of these files (absolute) that differ from the commit, or are not in it. */
export async function uncommitted(
  git: Git,
  { top }: Project,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const names = paths.map((path) => nameIn(top, path));
  const args = ["-C", top, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", ...names];
  const text = await askLocal(git, { args, signal });
  return text.split("\0").flatMap((entry) => (entry === "" ? [] : [entry.slice(3)]));
}

/** A file as it is committed. */
export interface CommittedFile {
  /** Absolute. */
  path: string;
  /** As git writes it; of a link, the content is its text. */
  mode: "100644" | "100755" | "120000";
  content: string | Buffer;
}

/** A commit that replaces files. */
export interface FilesCommit {
  /** Directories that have no other files afterwards; absolute. */
  replaced: readonly string[];
  files: readonly CommittedFile[];
  message: string;
  /** The beginning of paths for files of this call alone; nothing is there. */
  scratch: string;
}

/**
 * Makes a commit on the one that is checked out. Work tree, index and branches are not touched. The
 * same content on the same commit is always the same commit, with the date of its parent. The
 * author is the user of git's configuration, else this program.
 * @returns its id.
 * @throws EdenError as `askLocal`.
 */
export async function commitFiles(
  git: Git,
  { top, gitDirectory, commit, committedAt }: Project,
  { replaced, files, message, scratch }: FilesCommit,
  signal: AbortSignal,
): Promise<string> {
  const date = `${committedAt} +0000`;
  const configured = await runLocal(git, { args: ["-C", top, "config", "--get", "user.email"], signal });
  const env = {
    ...(configured.stdout.trim() === "" && OURSELVES),
    ...gitEnvironment(git.host.env, { cwd: git.cwd }),
    GIT_INDEX_FILE: `${scratch}.index`,
    GIT_LITERAL_PATHSPECS: "1",
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_DATE: date,
  };
  const where = [`--git-dir=${gitDirectory}`, `--work-tree=${top}`];
  const ask = async (...args: string[]) => (await askLocal(git, { args: [...where, ...args], env, signal })).trim();
  await ask("read-tree", commit);
  for (const directory of replaced)
    await ask("rm", "--cached", "-r", "--quiet", "--ignore-unmatch", "--", nameIn(top, directory));
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const some = files.slice(at, at + AT_ONCE);
    const paths = some.map((_, index) => `${scratch}.${index}`);
    for (const [index, { content }] of some.entries()) writeByRename(paths[index] ?? "", content);
    const blobs = (await ask("hash-object", "-w", "--no-filters", "--", ...paths)).split("\n");
    const entries = some.map(({ path, mode }, index) => `${mode},${blobs[index]},${nameIn(top, path)}`);
    await ask("update-index", "--add", ...entries.flatMap((entry) => ["--cacheinfo", entry]));
  }
  const tree = await ask("write-tree");
  return await ask("commit-tree", tree, "-p", commit, "-m", message);
}

/** Files in the arguments of one process. */
const AT_ONCE = 100;

const OURSELVES = {
  GIT_AUTHOR_NAME: "eden-skills",
  GIT_AUTHOR_EMAIL: "eden-skills@localhost",
  GIT_COMMITTER_NAME: "eden-skills",
  GIT_COMMITTER_EMAIL: "eden-skills@localhost",
};

/** The name of a file in the tree of a repository. @throws EdenError `USAGE` for a file outside. */
function nameIn(top: string, path: string): string {
  const name = relative(top, path).replaceAll(sep, "/");
  if (name !== "" && name !== ".." && !name.startsWith("../")) return name;
  throw new EdenError("USAGE", `${path} is not in the repository ${top}, but in ${dirname(path)}`);
}
