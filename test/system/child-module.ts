import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SOURCE = fileURLToPath(new URL("../../src", import.meta.url));

/**
 * Bundles a script that imports from `src/` (as `"./system/lock.js"`) into one file that a plain `node` runs: what happens between
 * processes is tried with processes.
 */
export async function bundleScript(directory: string, name: string, script: string): Promise<string> {
  const outfile = join(directory, `${name}.mjs`);
  await build({
    stdin: { contents: script, resolveDir: SOURCE, loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: { js: "import { createRequire as _cr } from 'node:module'; const require = _cr(import.meta.url);" },
    logLevel: "error",
  });
  return outfile;
}

/** A script that runs and says things, one line each. */
export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The next line it writes to standard output that was not read yet; null after the last. */
  line(): Promise<string | null>;
  /** Everything it wrote to standard error. */
  errors(): string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Starts a bundled script; `wrap` is a command that runs it, e.g. `["prlimit", "--nofile=20", "--"]`. */
export function startScript(path: string, args: readonly string[] = [], wrap: readonly string[] = []): Child {
  const [file = "", ...rest] = [...wrap, process.execPath, path, ...args];
  const child = spawn(file, rest, { stdio: ["pipe", "pipe", "pipe"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? -1));
  });
  return {
    process: child,
    pid: child.pid ?? 0,
    line: async () => {
      const next = await lines.next();
      return next.done === true ? null : next.value;
    },
    errors: () => errors,
    ended,
  };
}

/** Whether a process with that number exists and is no zombie. */
export async function isRunning(pid: number): Promise<boolean> {
  const { readFile } = await import("node:fs/promises");
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return stat !== "" && !/^[ZX]$/u.test(stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "Z");
}
