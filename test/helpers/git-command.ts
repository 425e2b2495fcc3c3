import { spawn } from "node:child_process";

/** What a git call of the tests may vary. */
export interface GitOptions {
  cwd?: string;
  input?: string | Buffer;
  /** Added to, or laid over, the clean environment. */
  env?: Record<string, string>;
}

const BASE_TIME = 1_700_000_000;

/** Seconds since the epoch of the n-th commit a repository of the tests receives: fixed, one minute apart. */
export function commitTime(n: number): number {
  return BASE_TIME + 60 * n;
}

/** The environment of every git process of the tests: no configuration of this machine, one fixed identity and date. */
export function gitEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: "/nonexistent",
    LC_ALL: "C",
    TZ: "UTC",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Ada Author",
    GIT_AUTHOR_EMAIL: "ada@example.com",
    GIT_AUTHOR_DATE: `${BASE_TIME} +0000`,
    GIT_COMMITTER_NAME: "Ada Author",
    GIT_COMMITTER_EMAIL: "ada@example.com",
    GIT_COMMITTER_DATE: `${BASE_TIME} +0000`,
    ...extra,
  };
}

/**
 * Runs one git command and returns its standard output.
 * @throws Error with the command and its standard error when git does not exit with 0.
 */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const child = spawn("git", args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: gitEnvironment(options.env),
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => {}); // a git that fails early does not read its input; its exit code tells
  child.stdin.end(options.input ?? "");
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(status ?? signal));
  });
  if (code !== 0) {
    throw new Error(`git ${args.join(" ")} ended with ${String(code)}: ${Buffer.concat(err).toString().trim()}`);
  }
  return Buffer.concat(out);
}

/** Like {@link git}, as trimmed text. */
export async function gitText(args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await git(args, options)).toString("utf8").trim();
}
