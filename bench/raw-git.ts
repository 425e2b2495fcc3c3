// The best that a shell can do with git alone: one line of input per repository, so many at once under xargs.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../test/helpers/sandbox.js";

/** A recipe gets $1 the address, $2 the subpath and $3 a directory of its own that does not exist. */
export const RECIPES = {
  /** `clone --depth 1` and a copy: what everybody writes first. */
  clone: 'git clone -q --depth 1 "$1" "$3.git" && mkdir -p "$3" && cp -r "$3.git/$2/." "$3"',
  /** A bare repository made by hand, one shallow fetch, and the subpath out of it. */
  depth1:
    'git init -q --bare --template= "$3.git" && git -C "$3.git" fetch -q --depth 1 "$1" HEAD && mkdir -p "$3" && git -C "$3.git" archive "FETCH_HEAD:$2" | tar x -C "$3"',
  /** A shallow clone without contents; what the subpath needs comes in one more fetch. */
  blobless:
    'git clone -q --depth 1 --filter=blob:none --no-checkout "$1" "$3.git" && cd "$3.git" && git checkout -q HEAD -- "$2" && mkdir -p "$3" && cp -r "$2/." "$3"',
  /** Nothing but the question what the default branch is. */
  lsRemote: 'git ls-remote -q "$1" HEAD > /dev/null',
};

/** Milliseconds until all lines are done. @throws Error when one fails. */
export async function rawGit(
  sandbox: Sandbox,
  recipe: keyof typeof RECIPES,
  inFlight: number,
  lines: readonly { url: string; subpath: string }[],
): Promise<number> {
  const root = join(sandbox.root, "raw");
  mkdirSync(root, { recursive: true });
  const input = lines.map(({ url, subpath }, n) => `${url}\n${subpath}\n${join(root, String(n))}\n`).join("");
  const env = sandbox.environment({ GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" });
  const began = performance.now();
  const child = spawn("xargs", ["-P", String(inFlight), "-n", "3", "-d", "\n", "sh", "-c", RECIPES[recipe], "sh"], {
    env,
    stdio: ["pipe", "inherit", "inherit"],
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${recipe}: exit ${code}`);
  return performance.now() - began;
}
