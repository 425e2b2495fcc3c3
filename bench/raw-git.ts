// The best that a shell can do with git alone: one line of input per repository, so many at once under xargs.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../test/helpers/sandbox.js";

/** A bare repository by hand, which takes less time than `git init`; `config` goes behind the usual lines. */
const init = (config = "") =>
  [
    'mkdir -p "$2.git/objects" "$2.git/refs" "$2" && cd "$2.git" && echo ref: refs/heads/main > HEAD',
    `printf "[core]\nrepositoryformatversion = 1\nbare = true\n[maintenance]\nauto = false\n${config}[remote \\"origin\\"]\nurl = $1\n" > config`,
  ].join(" && ");
const PARTIAL =
  '[extensions]\npartialClone = origin\n[remote \\"origin\\"]\npromisor = true\npartialclonefilter = blob:none\n';

/** A recipe gets $1 the address and $2 a path of its own, which does not exist yet; it leaves the skills in `$2/skills`. */
const RECIPES = {
  /** Nothing but the clone. */
  clone: 'git clone -q --depth 1 "$1" "$2.git"',
  /** The same and a copy: what most write first. */
  cloneAndCopy: 'git clone -q --depth 1 "$1" "$2.git" && mkdir -p "$2" && cp -r "$2.git/skills" "$2"',
  /** One shallow fetch of everything, and the wanted directory out of it. */
  depth1: `${init()} && git fetch -q --depth 1 origin HEAD && git archive FETCH_HEAD skills | tar x -C "$2"`,
  /** A shallow fetch without contents, then git writes the wanted files and fetches what they need in one batch. */
  blobless: `${init(PARTIAL)} && git fetch -q --depth 1 --filter=blob:none origin HEAD && git --work-tree "$2" read-tree -u --prefix=skills/ FETCH_HEAD:skills`,
  /** Nothing but the question what the default branch is. */
  lsRemote: 'git ls-remote -q "$1" HEAD > /dev/null',
};

export type Recipe = keyof typeof RECIPES;

/** Milliseconds until a recipe is done with all repositories (name → address). @throws Error when one fails. */
export async function rawGit(options: {
  sandbox: Sandbox;
  root: string;
  recipe: Recipe;
  inFlight: number;
  urls: ReadonlyMap<string, string>;
}): Promise<number> {
  const { sandbox, root, recipe, inFlight, urls } = options;
  mkdirSync(root, { recursive: true });
  const input = [...urls].map(([name, url]) => `${url}\n${join(root, name)}\n`).join("");
  const env = sandbox.environment({ GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" });
  const began = performance.now();
  const child = spawn("xargs", ["-P", String(inFlight), "-n", "2", "-d", "\n", "sh", "-c", RECIPES[recipe], "sh"], {
    env,
    stdio: ["pipe", "inherit", "inherit"],
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${recipe}: exit ${code}`);
  return performance.now() - began;
}
