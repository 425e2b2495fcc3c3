import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fastImportStream, type Files } from "./fast-import.js";
import { commitTime, git, gitText } from "./git-command.js";

/** How a repository begins. */
export interface RepositoryOptions {
  /** The first commit's files; without them the repository is empty. */
  files?: Files;
  message?: string;
  objectFormat?: "sha1" | "sha256";
  defaultBranch?: string;
  /** A bare repository (default), or `.git` with a work tree around it that follows the default branch. */
  bare?: boolean;
  /** `uploadpack.allowFilter`: whether its server grants partial clones; default true. */
  allowFilter?: boolean;
}

/** One more commit. */
export interface CommitOptions {
  files?: Files;
  /** Paths to delete. */
  remove?: readonly string[];
  message?: string;
  /** Default: the default branch. A branch that does not exist yet starts as a root commit; see also {@link Repository.branch}. */
  branch?: string;
  /** The tree holds nothing but `files`. */
  replace?: boolean;
  /** Forget the branch's history: a new root commit takes its place, as after a forced push. */
  orphan?: boolean;
}

/** A real git repository on disk, written with `git fast-import`: same input, same commit ids on every machine. */
export interface Repository {
  readonly dir: string;
  readonly gitDir: string;
  readonly objectFormat: "sha1" | "sha256";
  /** Adds a commit and returns its id. */
  commit(options: CommitOptions): Promise<string>;
  /** Creates or moves a branch; `at` is any revision, default HEAD. */
  branch(name: string, at?: string): Promise<void>;
  /** Creates or moves a tag; with a `message` it is an annotated one. */
  tag(name: string, options?: { at?: string; message?: string }): Promise<void>;
  deleteRef(fullName: string): Promise<void>;
  setDefaultBranch(name: string): Promise<void>;
  revParse(revision: string): Promise<string>;
  /** Any other git command in this repository; trimmed standard output. */
  git(args: readonly string[], input?: string | Buffer): Promise<string>;
}

/** Creates a repository in `dir` (made if absent). */
export async function createRepository(dir: string, options: RepositoryOptions = {}): Promise<Repository> {
  const bare = options.bare ?? true;
  const objectFormat = options.objectFormat ?? "sha1";
  const gitDir = bare ? dir : join(dir, ".git");
  let defaultBranch = options.defaultBranch ?? "main";
  let commits = 0;
  const tips = new Map<string, string>();
  await writeSkeleton(gitDir, {
    bare,
    objectFormat,
    defaultBranch,
    allowFilter: options.allowFilter ?? true,
  });

  const run = (args: readonly string[], input?: string | Buffer): Promise<string> =>
    gitText([...QUICK, "--git-dir", gitDir, ...args], input === undefined ? {} : { input });

  const repository: Repository = {
    dir,
    gitDir,
    objectFormat,
    git: run,
    async commit({ files = {}, remove, message = "Change skills", branch = defaultBranch, replace, orphan }) {
      const parent = orphan === true ? undefined : tips.get(branch);
      const stream = fastImportStream({
        branch,
        message,
        time: commitTime(commits),
        files,
        ...(parent === undefined ? {} : { parent }),
        ...(replace === undefined ? {} : { replace }),
        ...(remove === undefined ? {} : { remove }),
      });
      commits += 1;
      const id = await run(
        ["fast-import", "--quiet", "--force", "--done"],
        Buffer.concat([stream, Buffer.from("done\n")]),
      );
      tips.set(branch, id);
      if (!bare && branch === defaultBranch) {
        await git(["--git-dir", gitDir, "--work-tree", dir, "reset", "--quiet", "--hard"], {
          cwd: dir,
        });
      }
      return id;
    },
    async branch(name, at = "HEAD") {
      const id = await repository.revParse(`${at}^{commit}`);
      await run(["update-ref", `refs/heads/${name}`, id]);
      tips.set(name, id);
    },
    async tag(name, { at = "HEAD", message } = {}) {
      await run(["tag", "--force", ...(message === undefined ? [] : ["-a", "-m", message]), name, at]);
    },
    async deleteRef(fullName) {
      await run(["update-ref", "-d", fullName]);
      tips.delete(fullName.replace("refs/heads/", ""));
    },
    async setDefaultBranch(name) {
      await run(["symbolic-ref", "HEAD", `refs/heads/${name}`]);
      defaultBranch = name;
    },
    revParse: (revision) => run(["rev-parse", "--verify", "--end-of-options", revision]),
  };
  if (options.files !== undefined) {
    await repository.commit({ files: options.files, message: options.message ?? "Add skills" });
  }
  return repository;
}

/** Small packs instead of loose objects, and no waiting for the disk. */
const QUICK = ["-c", "fastimport.unpackLimit=1", "-c", "core.fsync=none", "-c", "gc.auto=0"];

/** What `git init` would write, without its process: the tests make hundreds of repositories. */
async function writeSkeleton(
  gitDir: string,
  options: { bare: boolean; objectFormat: string; defaultBranch: string; allowFilter: boolean },
): Promise<void> {
  for (const dir of ["objects/pack", "objects/info", "refs/heads", "refs/tags"]) {
    await mkdir(join(gitDir, dir), { recursive: true });
  }
  const sha256 = options.objectFormat === "sha256";
  const config = [
    "[core]",
    `\trepositoryformatversion = ${sha256 ? 1 : 0}`,
    `\tbare = ${options.bare}`,
    ...(sha256 ? ["[extensions]", "\tobjectFormat = sha256"] : []),
    "[uploadpack]",
    `\tallowFilter = ${options.allowFilter}`,
    "\tallowAnySHA1InWant = true",
  ];
  await writeFile(join(gitDir, "config"), `${config.join("\n")}\n`);
  await writeFile(join(gitDir, "HEAD"), `ref: refs/heads/${options.defaultBranch}\n`);
}
