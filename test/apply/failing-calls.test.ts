import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../helpers/cli-process.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { createRegistry } from "../helpers/registry.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
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

/** A project in which each command has something to do; kept aside, so that each run finds it so. */
async function machine(): Promise<Sandbox & { restore(): Promise<void> }> {
  const sandbox = use.sandbox();
  const { root, project, home } = sandbox;
  const repository = await createRepository(join(root, "served/r.git"), {
    files: {
      "a/SKILL.md": skillText("a"),
      "b/SKILL.md": skillText("b"),
      "b/run": { content: "#!/bin/sh\n", executable: true },
    },
  });
  const repo = `file://${repository.dir}`;
  const entry = { name: "b", description: "B", repo, subpath: "b", versions: [{ version: "1.0.0", ref: "main" }] };
  const registry = await createRegistry(join(root, "served/official.git"), { name: "official", skills: [entry] });
  const head = `scope = "project"\n[registries.official]\nurl = "file://${registry.repository.dir}"`;
  const skills = [
    { id: "a", repo, subpath: "a" },
    { id: "b", repo, subpath: "b", mode: "copy" as const },
  ];
  mkdirSync(join(project, ".git"));
  mkdirSync(join(project, "own/mine"), { recursive: true });
  writeFileSync(join(project, "own/mine/SKILL.md"), skillText("mine"));
  writeFileSync(join(project, "other.toml"), manifestOf([{ id: "c", repo, subpath: "a" }]));
  const lock = { version: 1, skills: { d: { source: repo, sourceType: "git", skillPath: "a/SKILL.md" } } };
  writeFileSync(join(project, "skills-lock.json"), JSON.stringify(lock));
  sandbox.writeManifest(manifestOf(skills.slice(0, 1), head));
  await sandbox.run(["apply"]);
  sandbox.writeManifest(manifestOf(skills, head));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  cpSync(join(project, "skills.lock"), join(project, "ours"));
  await repository.commit({ files: { "a/SKILL.md": skillText("a", "newer"), "b/SKILL.md": skillText("b", "newer") } });
  const kept = [project, home].map((directory) => [directory, `${directory}.kept`] as const);
  const copy = (from: string, to: string) =>
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  for (const [directory, aside] of kept) copy(directory, aside);
  const restore = async () => {
    for (const [directory, aside] of kept) {
      await removeTree(directory);
      copy(aside, directory);
    }
  };
  return { ...sandbox, restore };
}

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
      const sandbox = await machine();
      const { calls, errnos } = KINDS[kind];
      const log = join(sandbox.tmp, "calls");
      const problems: string[] = [];
      let run = 0;
      const failing = async (args: readonly string[], from: number) => {
        await sandbox.restore();
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
          const count = Number(readFileSync(log, "utf8"));
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
