import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { busyMachine } from "../helpers/busy-machine.js";
import type { RunResult } from "../helpers/cli-process.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const SHIM = fileURLToPath(new URL("../helpers/failing.cjs", import.meta.url));

/** Calls that fail, and how. */
const KINDS = {
  read: {
    calls: ["openSync", "readFileSync", "readSync", "fstatSync", "lstatSync", "statSync", "readdirSync"].concat([
      "readlinkSync",
      "realpathSync",
      "accessSync",
    ]),
    errnos: ["EIO", "EACCES", "EMFILE", "ELOOP", "ENAMETOOLONG", "ESTALE", "ENOTDIR"],
  },
  write: {
    calls: [
      "open",
      "mkdir",
      "rename",
      "symlink",
      "mkdirSync",
      "writeSync",
      "write",
      "writeFileSync",
      "fsync",
      "fsyncSync",
      "renameSync",
      "unlinkSync",
    ].concat([
      "rmSync",
      "rmdirSync",
      "symlinkSync",
      "linkSync",
      "chmodSync",
      "fchmodSync",
      "copyFileSync",
      "utimesSync",
    ]),
    errnos: ["ENOSPC", "EROFS", "EIO", "EDQUOT", "EBUSY", "EPERM"],
  },
} as const;

/** Every command, with what it needs to get as far as it can. */
const COMMANDS = [
  ["apply"],
  ["apply", "--force"],
  ["apply", "--frozen", "--report", "r.json"],
  ["plan"],
  ["update"],
  ["update", "--dry-run"],
  ["outdated", "--diff"],
  ["warm", "--bundle", "b.tgz"],
  ["doctor"],
  ["repair"],
  ["list"],
  ["install", "./own", "--all", "--target", "claude-code"],
  ["add", "--id", "y", "--repo", "./own", "--target", "claude-code"],
  ["set", "b", "--priority", "2"],
  ["remove", "b"],
  ["history"],
  ["rollback"],
  ["search", "b"],
  ["registry", "update"],
  ["audit"],
  ["clean"],
  ["clean", "--all"],
  ["import", "skills-lock.json", "--adopt", "--target", "claude-code"],
  ["config", "export", "--output", "export.toml"],
  ["config", "import", "--from", "other.toml"],
  ["lock", "merge", "skills.lock", "ours", "skills.lock"],
  ["lock", "merge", "--install"],
  ["init", "--force"],
];

/**
 * In the long form up to so many calls of each command fail, evenly spread, alone or with all after
 * it; in the short form one call of every other command and all after it.
 */
const MOST = process.env["EDEN_FAULTS"] === "all" ? Number(process.env["EDEN_CALLS"] ?? 100) : 0;

/** A run that lasts longer hangs. */
const RUN_MS = 20_000;

/** Each is one test: in the long form one command, so that a test ends in some minutes. */
const CHUNKS = (Object.keys(KINDS) as (keyof typeof KINDS)[]).flatMap((kind) => {
  const all = COMMANDS.filter((_, index) => MOST > 0 || index % 2 === Number(kind === "write"));
  const chunks = MOST > 0 ? all.map((args) => [args]) : [all];
  return chunks.map((commands) => ({ kind, commands, name: MOST > 0 ? (commands[0] ?? []).join(" ") : "commands" }));
});

describe("a call of the file system that fails", () => {
  it.each(CHUNKS)(
    "to $kind is an error of $name: one document, no fault of the program, no stack, no endless wait [R-SYSTEM-05] [R-CLI-03]",
    async ({ kind, commands }) => {
      const sandbox = await busyMachine(use.sandbox());
      const { calls, errnos } = KINDS[kind];
      const log = join(sandbox.tmp, "calls");
      const problems: string[] = [];
      let run = 0;
      const failing = async (args: readonly string[], from: number) => {
        sandbox.restore();
        const errno = errnos[run % errnos.length];
        const only = MOST > 0 && Math.floor(run / errnos.length) % 2 === 0;
        run += 1;
        const fault = JSON.stringify({ below: sandbox.root, calls, errno, from, only, log });
        const env = { NODE_OPTIONS: `--require ${SHIM}`, EDEN_TEST_FAILING: fault };
        const problem = await sandbox.run([...args, "--json"], { env, timeoutMs: RUN_MS }).then(problemOf, String);
        if (problem !== null)
          problems.push(
            `${args.join(" ")}, ${errno} at call ${from}${only ? "" : " and after"}: ${problem.slice(0, 500)}`,
          );
      };
      for (const args of commands) {
        if (MOST === 0) await failing(args, 2 + ((run * 7) % 40));
        else {
          await failing(args, Number.MAX_SAFE_INTEGER);
          const count = readFileSync(log, "utf8").split("\n").length;
          const step = Math.ceil(count / MOST);
          for (let from = 1; from <= count && problems.length < 5; from += step) await failing(args, from);
        }
      }
      expect(problems).toEqual([]);
    },
    900_000,
  );
});

/** What is wrong with the end of a run; null if nothing is. */
function problemOf({ stdout, stderr, code }: RunResult): string | null {
  const text = stdout + stderr;
  const isOrderly = isDocument(stdout) && !text.includes('"INTERNAL"') && !/\n {4}at /u.test(text);
  return isOrderly && code !== null && code <= 3 ? null : text || `exit code ${code}`;
}

function isDocument(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
