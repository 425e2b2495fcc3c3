import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { busyMachine, type KeptSandbox } from "../helpers/busy-machine.js";
import { faultPoints, runWithFault, type FaultPoint } from "../helpers/fault-points.js";
import { removeTree } from "../helpers/sandbox.js";
import { SEED } from "../helpers/seeded.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/** Points of each command; `npm run crash` takes all. */
const POINTS = process.env["EDEN_POINTS"] === "all" ? Infinity : Number(process.env["EDEN_POINTS"] ?? 2);
/** `2/3` takes every third call, from the second one. */
const [PART = 1, PARTS = 1] = (process.env["EDEN_PART"] ?? "1/1").split("/").map(Number);
const use = useSandbox();

interface Swept {
  name: string;
  args: readonly string[];
  /** From the busy machine to the one where the command begins. */
  prepare?: (machine: KeptSandbox) => unknown;
}

const EDIT = "mine.md";

const COMMANDS: Swept[] = [
  {
    name: "create",
    args: ["apply"],
    async prepare({ project, home }) {
      for (const path of [".claude", ".agents", "skills.lock"]) await removeTree(join(project, path));
      await removeTree(join(home, ".eden-skills"));
    },
  },
  { name: "update", args: ["update"] },
  { name: "remove", args: ["remove", "b"] },
  { name: "install", args: ["install", "./own", "--all", "--target", "claude-code"] },
  { name: "rollback", args: ["rollback"] },
  {
    name: "repair",
    args: ["repair", "--force"],
    prepare: ({ project }) => copies(project).forEach((copy) => writeFileSync(join(copy, EDIT), "mine\n")),
  },
  {
    name: "clean",
    args: ["clean", "--history", "0"],
    prepare: async (machine) => await machine.run(["update"]),
  },
  { name: "import", args: ["import", "skills-lock.json", "--adopt", "--target", "claude-code"] },
  { name: "config import", args: ["config", "import", "--from", "other.toml"] },
  { name: "merge", args: ["lock", "merge", "skills.lock", "ours", "skills.lock"] },
];

describe("a fault at a call that changes the file system", () => {
  it.each(COMMANDS)(
    `of $name: all is old, new or absent, the next run succeeds, nothing is lost and nothing left over [R-SYSTEM-17] [R-SYSTEM-05] [R-INSTALL-09] [R-FAULT-01] [R-FAULT-03] [R-FAULT-04] [R-FAULT-10]`,
    async ({ name, args, prepare }) => {
      const machine = await busyMachine(use.sandbox());
      await prepare?.(machine);
      machine.keep();
      const before = await observe(machine);
      const clean = await machine.run(args);
      expect(clean.code, clean.stdout + clean.stderr).toBe(0);
      const after = await observe(machine);
      const again = await machine.run(args);
      // Restored files are others than those that the program knows, in each run from here on.
      machine.restore();
      const { calls } = await runWithFault(machine, args, null);
      const problems: string[] = [];
      const injected = new Map<string, number>();
      const healed = new Set<string>();
      const points = faultPoints(name, calls.length);
      const taken = points.filter(({ call }) => call % PARTS === PART % PARTS).slice(0, POINTS);
      for (const [index, point] of taken.entries()) {
        machine.restore();
        const found = await problemsOf(machine, args, {
          point,
          expectedCall: calls[point.call - 1] ?? "",
          injected,
          healed,
          known: [before, after],
          codes: [0, again.code],
          cleanFirst: index % 2 === 1,
        }).catch((error: unknown) => [String(error)]);
        const where = `${point.fault}${point.only ? "" : " from"} at call ${point.call}, ${calls[point.call - 1]}`;
        for (const problem of found) problems.push(`${name}: ${where}: ${problem}`);
        if (problems.length > 40) break;
      }
      const counts = `${calls.length} calls, ${taken.length} of ${points.length} points, ${problems.length} violations`;
      const states = `${healed.size} states after them`;
      const kinds = [...injected].map(([kind, count]) => `${kind} ${count}`).toSorted();
      console.log(`faults of ${name}: ${counts} (seed ${SEED}); ${states}; injected: ${kinds.join(", ")}`);
      expect(problems).toEqual([]);
    },
    6 * 3_600_000,
  );
});

/** Files of the home and the project outside the storage, and installed skills, each with its content. */
type Observed = ReadonlyMap<string, string>;

interface Trial {
  point: FaultPoint;
  /** As `name path`. */
  expectedCall: string;
  /** How often each fault was injected. */
  injected: Map<string, number>;
  /** States after a fault from which the next runs have succeeded. */
  healed: Set<string>;
  known: [Observed, Observed];
  /** Exit codes of the same command without a fault. */
  codes: (number | null)[];
  /** Whether `clean` runs before the next run; else after it. */
  cleanFirst: boolean;
}

async function problemsOf(machine: KeptSandbox, args: readonly string[], trial: Trial): Promise<string[]> {
  const problems: string[] = [];
  const run = async (line: readonly string[], codes: (number | null)[]) => {
    const { code, stdout, stderr } = await machine.run(line);
    if (!codes.includes(code))
      problems.push(`then ${line.join(" ")} exits with ${code}: ${(stdout + stderr).slice(0, 600)}`);
  };
  const faulted = await runWithFault(machine, args, trial.point);
  const nameOf = (call: string | undefined) => call?.split(" ")[0];
  const isHit = nameOf(faulted.calls[trial.point.call - 1]) === nameOf(trial.expectedCall);
  const kind = isHit ? trial.point.fault : "missed";
  trial.injected.set(kind, (trial.injected.get(kind) ?? 0) + 1);
  const text = faulted.stdout + faulted.stderr;
  if (/\n {4}at |"INTERNAL"|\[INTERNAL\]/u.test(text)) problems.push(`a fault of the program: ${text.slice(0, 600)}`);
  problems.push(...(await changes(machine, trial.known)));
  const state = `${stateOf(machine)} ${trial.cleanFirst}`;
  if (trial.healed.has(state)) return problems;
  if (trial.cleanFirst) {
    await run(["clean"], [0]);
    problems.push(...leftOver(machine).map((path) => `left by clean: ${path}`));
  }
  await run(args, trial.codes);
  if (args[0] !== "apply") await run(["apply"], [0]);
  problems.push(...leftOver(machine).map((path) => `left by the next runs: ${path}`));
  if (args[0] === "repair" && edits(machine) === 0) problems.push("an edit is lost");
  const { stdout } = await machine.run(["doctor", "--json", "--no-warning"]);
  const { findings = [stdout] } = JSON.parse(stdout) as { findings?: unknown[] };
  if (findings.length > 0) problems.push(`doctor: ${JSON.stringify(findings).slice(0, 400)}`);
  if (problems.length === 0) trial.healed.add(state);
  return problems;
}

/**
 * A hash of all names, modes and contents. Two runs differ in their process, in the time, and in random
 * names; what the next runs do does not depend on these.
 */
function stateOf({ project, home }: KeptSandbox): string {
  const hash = createHash("sha256");
  const add = (text: string) =>
    hash.update(
      text
        .replaceAll(/\d+-[0-9a-f]+-[0-9a-f]{8}(?:-[0-9a-f]+)?/gu, "TOKEN")
        .replaceAll(/"pid":\d+,"start":"[0-9a-f]+"|"nonce":"[0-9a-f]+"/gu, "PROCESS")
        .replaceAll(/\d{4}-\d\d-\d\dT\d\d[:-]\d\d[:-]\d\d\.\d+Z/gu, "TIME")
        .replaceAll(/\btmp_[a-z]+_\w{6}\b/gu, "tmp"),
    );
  const walk = (path: string): void => {
    const stats = lstatSync(path);
    add(`${path} ${stats.mode.toString(8)}\n`);
    if (stats.isSymbolicLink()) add(readlinkSync(path));
    else if (stats.isFile()) add(readFileSync(path, "latin1"));
    else for (const name of readdirSync(path).toSorted()) walk(join(path, name));
  };
  for (const directory of [project, home]) walk(directory);
  return hash.digest("hex");
}

async function changes(machine: KeptSandbox, [before, after]: [Observed, Observed]): Promise<string[]> {
  const now = await observe(machine);
  const paths = new Set([...before.keys(), ...after.keys(), ...now.keys()]);
  return [...paths].flatMap((path) => {
    const [old, next, here] = [before.get(path), after.get(path), now.get(path)];
    if (here === old || here === next) return [];
    // Its own temporary files are looked for after the next run.
    if (here === undefined ? path.includes("/skills/") : path.split("/").some(isTemporary)) return [];
    // One skill of several may have failed.
    if (path.endsWith("skills.lock") && here?.endsWith("\n") === true) return [];
    return [`${path} is neither old nor new: ${here?.slice(0, 200)}`];
  });
}

async function observe({ root, project, home, storage }: KeptSandbox): Promise<Observed> {
  const seen = new Map<string, string>();
  const walk = async (directory: string): Promise<void> => {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      if (path === storage || name === ".git") continue;
      const isSkill = basename(directory) === "skills" && existsSync(path) && !isTemporary(name);
      if (isSkill) seen.set(relative(root, path), JSON.stringify(await readTree(path)));
      else if (lstatSync(path).isDirectory()) await walk(path);
      else seen.set(relative(root, path), lstatSync(path).isFile() ? readFileSync(path, "utf8") : "a link");
    }
  };
  for (const directory of [project, home]) await walk(directory);
  return seen;
}

const isTemporary = (name: string) => name.startsWith(".eden-tmp-");

/** Locks, records, and temporary files of processes, which have all ended. */
function leftOver({ root, project, home, storage }: KeptSandbox): string[] {
  const everything = [project, home].flatMap((directory) =>
    readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name))),
  );
  const own = ["locks", "runs", "staging"].map((name) => `${join(storage, name)}/`);
  return everything
    .filter((path) =>
      isTemporary(basename(path))
        ? !path.endsWith(".eden-skills")
        : own.some((directory) => path.startsWith(directory)) || /\/mirrors\/.*(?:\/tmp_|\.lock$)/u.test(path),
    )
    .map((path) => relative(root, path));
}

/** Directories of copied skills. */
function copies(project: string): string[] {
  const skills = join(project, ".claude/skills");
  return readdirSync(skills)
    .map((id) => join(skills, id))
    .filter((path) => lstatSync(path).isDirectory());
}

function edits({ project, storage }: KeptSandbox): number {
  const roots = [join(project, ".claude"), join(storage, "backups")].filter((path) => existsSync(path));
  return roots
    .flatMap((path) => readdirSync(path, { recursive: true }).map(String))
    .filter((path) => path.endsWith(EDIT)).length;
}
