import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { processesNaming } from "../helpers/running-processes.js";
import { FILES, type SoakMachine } from "./machine.js";

/** Files and bytes below each directory of the storage. */
export type Sizes = Record<string, { files: number; bytes: number }>;

/** Violations of what holds when no process runs: every target is one version, whatever was killed. */
export function brokenTargets(machine: SoakMachine): string[] {
  return machine.projects.flatMap((project) =>
    targetsIn(project).flatMap((target) => {
      const problem = problemOf(machine, target);
      return problem === null ? [] : [`${relative(machine.sandbox.root, target)}: ${problem}`];
    }),
  );
}

function targetsIn(project: string): string[] {
  return [".claude/skills", ".agents/skills", ".cursor/skills"]
    .map((directory) => join(project, directory))
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)))
    .filter((path) => !basename(path).startsWith(".eden-tmp-") && basename(path) !== ".gitignore");
}

function problemOf(machine: SoakMachine, target: string): string | null {
  if (!existsSync(target)) return "the link leads nowhere";
  const versions = FILES.map((file) => {
    const path = join(target, file);
    return existsSync(path) ? /version (\d+) of (\S+)/u.exec(readFileSync(path, "utf8")) : null;
  });
  const [first] = versions;
  if (first === undefined || first === null) return "there is no skill";
  if (versions.some((one) => one?.[0] !== first[0])) return `a mixture: ${versions.map((one) => one?.[0]).join(", ")}`;
  if (first[2] !== basename(target)) return `it is ${first[2]}`;
  return Number(first[1]) <= machine.newest(basename(target)) ? null : `version ${first[1]} was never published`;
}

/**
 * Cleans and applies in each project, and returns what is then wrong: a failed run, a finding of doctor, a leftover, a
 * process.
 */
export async function problemsAfterRest(machine: SoakMachine): Promise<string[]> {
  const { sandbox } = machine;
  const problems: string[] = [];
  const run = async (cwd: string, line: string[]) => {
    const result = await sandbox.run(line, { cwd, timeoutMs: 240_000 });
    if (result.code !== 0)
      problems.push(`${line.join(" ")} in ${cwd} ends with ${result.code}: ${result.stdout}${result.stderr}`);
    return result;
  };
  for (const project of machine.projects) {
    await run(project, ["apply", "--json"]);
    const again = await run(project, ["apply", "--json"]);
    if (/"status": ?"(?:created|updated|removed)"/u.test(again.stdout))
      problems.push(`a second apply in ${project} still changes something: ${again.stdout}`);
    const { stdout } = await sandbox.run(["doctor", "--json", "--no-warning"], { cwd: project });
    const { findings = [stdout] } = JSON.parse(stdout) as { findings?: unknown[] };
    if (findings.length > 0) problems.push(`doctor in ${project}: ${JSON.stringify(findings).slice(0, 600)}`);
  }
  await run(machine.projects[0] ?? "", ["clean", "--json"]);
  problems.push(...leftOver(machine).map((path) => `left over: ${path}`));
  problems.push(...processesNaming(sandbox.storage).map((line) => `still running: ${line}`));
  return problems;
}

function leftOver({ sandbox }: SoakMachine): string[] {
  const { root, storage } = sandbox;
  const own = ["locks", "runs", "staging"].map((name) => `${join(storage, name)}/`);
  return readdirSync(root, { recursive: true })
    .map((name) => join(root, String(name)))
    .filter((path) => !path.startsWith(join(root, "served")))
    .filter((path) =>
      basename(path).startsWith(".eden-tmp-")
        ? true
        : own.some((directory) => path.startsWith(directory)) || /\/mirrors\/.*(?:\/tmp_|\.lock$)/u.test(path),
    )
    .map((path) => relative(root, path));
}

/** Sizes of the directories in the storage, and of `tmp`, where nothing of ours may stay. */
export function sizesOf({ sandbox }: SoakMachine): Sizes {
  const directories = [...readdirSync(sandbox.storage).map((name) => join(sandbox.storage, name)), sandbox.tmp];
  return Object.fromEntries(
    directories.map((directory) => {
      const paths = lstatSync(directory).isDirectory()
        ? readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name)))
        : [directory];
      const files = paths.map((path) => lstatSync(path)).filter((stat) => stat.isFile());
      return [basename(directory), { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) }];
    }),
  );
}
