// What a run costs beyond starting Node: nothing to do at 20 and at 1,000 skills, --version and --help, each against `node -e 0`.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createRepository } from "../test/helpers/git-repository.js";
import { manifestOf, skillText } from "../test/helpers/manifest-of.js";
import { createSandbox } from "../test/helpers/sandbox.js";
import { interleave, row, type Run } from "./rounds.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 31);
const sandbox = createSandbox();

async function bareNode(): Promise<Run> {
  const began = performance.now();
  const child = spawn(process.execPath, ["-e", "0"], { env: sandbox.environment(), stdio: "ignore" });
  await new Promise((resolve) => child.once("close", resolve));
  return { ms: performance.now() - began };
}

const run = (args: string[]) => async (): Promise<Run> => {
  const result = await sandbox.run(args);
  if (result.code !== 0) throw new Error(result.stderr);
  return { ms: result.elapsedMs };
};

async function withSkills(count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, n) => `skill-${n}`);
  const files = Object.fromEntries(names.map((name) => [`${name}/SKILL.md`, skillText(name)]));
  const repository = await createRepository(join(sandbox.root, `served/${count}.git`), { files });
  sandbox.writeManifest(manifestOf(names.map((id) => ({ id, repo: `file://${repository.dir}`, subpath: id }))));
  await run(["apply", "--quiet"])();
}

async function measure(name: string, args: string[], bar: string): Promise<void> {
  const rounds = await interleave(ROUNDS, { [name]: run(args), "node -e 0": bareNode });
  rounds.print();
  row(`${name}, against node -e 0`, rounds.ratios(name, "node -e 0"), bar);
}

try {
  await withSkills(20);
  await measure("P1: apply, nothing to do, 20 skills", ["apply"], "≤ 1.5");
  await measure("P3: list of 20 skills", ["list"], "≤ 4.0");
  await withSkills(1000);
  await measure("P2: apply, nothing to do, 1,000 skills", ["apply"], "≤ 2.5");
  await measure("P3: --version", ["--version"], "≤ 1.3");
  await measure("P3: --help", ["--help"], "≤ 4.0");
} finally {
  await sandbox.dispose();
}
